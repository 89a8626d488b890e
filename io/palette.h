/* Private to figures: the colours, all told apart by colour-blind readers. */
#ifndef STRATA_PALETTE_H
#define STRATA_PALETTE_H

/* Viridis (S. van der Walt, N. Smith; CC0), evenly spaced: dark is near, light is far. */
#define PALETTE_DISTANCE                                                                           \
    "set palette defined (0 '#440154', 1 '#482475', 2 '#414487', 3 '#355f8d', 4 '#2a788e', "       \
    "5 '#21918c', 6 '#22a884', 7 '#44bf70', 8 '#7ad151', 9 '#bddf26', 10 '#fde725')\n"

/* Light to dark blue (ColorBrewer Blues, Apache 2.0): dark is strong. */
#define PALETTE_STRENGTH                                                                           \
    "set palette defined (0 '#9ecae1', 1 '#6baed6', 2 '#4292c6', 3 '#2171b5', 4 '#08519c', "       \
    "5 '#08306b')\n"

/* Lines (M. Okabe, K. Ito). */
#define COLOUR_BLUE      "#0072b2"
#define COLOUR_VERMILION "#d55e00"
#define COLOUR_GREEN     "#009e73"
#define COLOUR_PURPLE    "#cc79a7"
#define COLOUR_ORANGE    "#e69f00"
#define COLOUR_SKY       "#56b4e9"

#define COLOUR_INK  "#222222" /* text and axes */
#define COLOUR_PALE "#e4e4e4" /* grids, and cells without a value */
#define COLOUR_GREY "#8c8c8c" /* hatching, secondary lines */

#endif
