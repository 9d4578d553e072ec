package picture

import (
	"encoding/binary"
	"image"
)

// Of the metadata in a picture only the orientation is needed. An Exif library
// would also parse the rest, which comes from untrusted files.

// orientation returns the orientation of the picture, 1 to 8 as Exif defines it,
// and 1 when the block has none.
func orientation(exif []byte) int {
	order := byteOrder(exif)
	if order == nil {
		return 1
	}
	const entry, tag, short = 12, 0x0112, 3 // bytes of a field; the field Orientation and its type
	first := uint64(order.Uint32(exif[4:]))
	if first+2 > uint64(len(exif)) {
		return 1
	}
	count := int(order.Uint16(exif[first:]))
	for fields := exif[first+2:]; count > 0 && len(fields) >= entry; count-- {
		if order.Uint16(fields) == tag {
			found := int(order.Uint16(fields[8:]))
			if order.Uint16(fields[2:]) != short || order.Uint32(fields[4:]) != 1 || found < 1 || found > 8 {
				return 1
			}
			return found
		}
		fields = fields[entry:]
	}
	return 1
}

// byteOrder returns the byte order of a block, or nil when it is damaged.
func byteOrder(exif []byte) binary.ByteOrder {
	switch {
	case len(exif) < 8:
		return nil
	case string(exif[:4]) == "II*\x00":
		return binary.LittleEndian
	case string(exif[:4]) == "MM\x00*":
		return binary.BigEndian
	}
	return nil
}

// rotate returns the square picture upright. It runs after scaling, which for a
// square gives the same result as before it, at about a thousandth of the cost.
func rotate(src *image.NRGBA, orientation int) *image.NRGBA {
	side := src.Rect.Dx()
	last := side - 1
	from, known := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return last - x, y },
		3: func(x, y int) (int, int) { return last - x, last - y },
		4: func(x, y int) (int, int) { return x, last - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, last - x },
		7: func(x, y int) (int, int) { return last - y, last - x },
		8: func(x, y int) (int, int) { return last - y, x },
	}[orientation]
	if !known {
		return src
	}
	dst := image.NewNRGBA(src.Rect)
	for y := range side {
		for x := range side {
			fromX, fromY := from(x, y)
			dst.SetNRGBA(x, y, src.NRGBAAt(fromX, fromY))
		}
	}
	return dst
}
