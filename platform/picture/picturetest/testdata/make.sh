#!/usr/bin/env bash
# Makes the pictures of forms that Go's encoders do not write: the sixteen fields of
# Fields, each 64 pixels wide. It needs cwebp (Debian: webp), cjpeg
# (libjpeg-turbo-progs) and convert (imagemagick). The files are committed, so that
# tests need none of them.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

cat >"$work/fields.ppm" <<'PPM'
P3 4 4 255
199 80 60    0 0 0        255 255 255  128 128 128
20 20 24     255 0 0      0 255 0      0 0 255
0 255 255    255 0 255    255 255 0    224 172 140
30 70 40     240 245 250  250 140 20   90 40 130
PPM
convert "$work/fields.ppm" -scale 256x256 "$work/grid.ppm"
convert "$work/grid.ppm" "$work/grid.png"
convert "$work/grid.ppm" -alpha set -channel A -evaluate set 60% +channel "$work/alpha.png"

cwebp -quiet -q 90 "$work/grid.png" -o lossy.webp
cwebp -quiet -q 90 "$work/alpha.png" -o lossy-alpha.webp
cwebp -quiet -lossless "$work/grid.png" -o lossless.webp
cwebp -quiet -lossless "$work/alpha.png" -o lossless-alpha.webp

jpeg() { cjpeg -quality 95 "${@:2}" "$work/grid.ppm" >"$1.jpg"; }
jpeg progressive -progressive
jpeg restart -restart 1
jpeg rgb -rgb
jpeg grey -grayscale
jpeg arithmetic -arithmetic
for sampling in 1x1 2x1 1x2 4x1 2x4; do
  jpeg "$sampling" -sample "$sampling"
done
jpeg 2x2-2x1-1x1 -sample 2x2,2x1,1x1
convert "$work/grid.ppm" -colorspace CMYK -quality 95 cmyk.jpg
