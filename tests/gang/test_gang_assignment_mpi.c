#include "gangs.h"
int main(int argc, char **argv){ return gang_suite_run("x", NULL, 0, &argc, &argv);}
