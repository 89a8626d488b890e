# A Slurm cluster of one node on this machine: sourced by the tests of jobs/.
#
#   cluster_start    munged, slurmctld and slurmd, on free ports, in a folder of their own
#   cluster_stop     cancels what runs, stops them, and removes the folder
#
# Works as root or not, without systemd and cgroups. Between the two, sbatch and its kin talk to this
# cluster. Sockets have short names, so the folder is directly below /tmp.
# shellcheck shell=bash

cluster=''         # its folder
cluster_daemons=() # process ids, in the order of their start

# A free TCP port.
free_port() {
    "${python:?}" -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

cluster_configuration() {
    local host=$1 user
    user=$(id -un)
    cat <<EOF
ClusterName=lab
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$cluster/munge.sock,cred_expire=5
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$cluster/ended
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=1,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MinJobAge=600
MaxArraySize=3
FirstJobId=$((RANDOM + 1000))
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=60 State=UP
EOF
    # Where the host's name is the loopback's, stay on the loopback.
    [ "$(getent hosts "$host" | cut -d ' ' -f 1)" != 127.0.0.1 ] ||
        echo CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
}

# cluster_daemon NAME COMMAND…: in a session of its own, so that no signal to the test reaches it.
cluster_daemon() {
    local name=$1
    shift
    setsid "$@" </dev/null >"$cluster/$name.out" 2>&1 &
    cluster_daemons+=($!)
}

cluster_start() {
    local host try
    host=$(hostname -s)
    cluster=$(mktemp -d /tmp/strata-slurm-XXXXXX)
    mkdir "$cluster/state" "$cluster/spool"
    touch "$cluster/ended"
    export SLURM_CONF=$cluster/slurm.conf
    cluster_configuration "$host" >"$SLURM_CONF"
    echo CgroupPlugin=cgroup/v1 >"$cluster/cgroup.conf"
    (umask 077 && head -c 128 /dev/urandom >"$cluster/munge.key")
    chmod 755 "$cluster"
    cluster_daemon munged munged --foreground --num-threads=2 --key-file="$cluster/munge.key" \
        --socket="$cluster/munge.sock" --pid-file="$cluster/munged.pid" \
        --log-file="$cluster/munged.log" --seed-file="$cluster/munge.seed"
    for ((try = 0; try < 100; try++)); do
        [ ! -S "$cluster/munge.sock" ] || break
        sleep 0.05
    done
    cluster_daemon slurmctld slurmctld -D -i
    cluster_daemon slurmd slurmd -D
    for ((try = 0; try < 150; try++)); do
        [ "$(timeout 5 sinfo -h -o %T 2>/dev/null)" != idle ] || return 0
        sleep 0.2
    done
    echo "the Slurm cluster did not start:"
    tail -n 15 "$cluster"/*.log "$cluster"/*.out
    return 1
}

cluster_stop() {
    local try k
    [ -n "$cluster" ] || return 0
    timeout 10 scancel --user="$(id -un)" 2>/dev/null || true
    for ((try = 0; try < 60; try++)); do
        [ -n "$(timeout 5 squeue -h 2>/dev/null)" ] || break
        sleep 0.2
    done
    for ((k = ${#cluster_daemons[@]} - 1; k >= 0; k--)); do
        kill "${cluster_daemons[k]}" 2>/dev/null || true
        wait "${cluster_daemons[k]}" 2>/dev/null || true
    done
    rm -rf "$cluster"
    cluster=''
}
