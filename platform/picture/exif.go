package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Of the metadata in a picture only the orientation is needed. An Exif library
// would also parse the rest, which comes from untrusted files.

func exifOfJPEG(b []byte) []byte {
	for marker, body := range segments(b) {
		if block, found := bytes.CutPrefix(body, []byte("Exif\x00\x00")); marker == app1 && found {
			return block
		}
	}
	return nil
}

func exifOfPNG(b []byte) []byte {
	const overhead = 12 // length, name, checksum
	for b = b[8:]; len(b) >= overhead; {
		n := binary.BigEndian.Uint32(b)
		if uint64(n) > uint64(len(b)-overhead) {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+n]
		}
		b = b[overhead+n:]
	}
	return nil
}

func exifOfWebP(b []byte) []byte {
	for b = b[12:]; len(b) >= 8; {
		n := binary.LittleEndian.Uint32(b[4:])
		if uint64(n) > uint64(len(b)-8) {
			return nil
		}
		if string(b[:4]) == "EXIF" {
			return bytes.TrimPrefix(b[8:8+n], []byte("Exif\x00\x00"))
		}
		b = b[min(8+int(n)+int(n&1), len(b)):]
	}
	return nil
}

// orientation returns the orientation of the picture, 1 to 8 as Exif defines it,
// and 1 when the block has none.
func orientation(exif []byte) int {
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if exif[0] == 'M' {
		order = binary.BigEndian
	}
	const entry, tag = 12, 0x0112 // bytes of a field; the field Orientation
	first := uint64(order.Uint32(exif[4:]))
	if first+2 > uint64(len(exif)) {
		return 1
	}
	count := int(order.Uint16(exif[first:]))
	for fields := exif[first+2:]; count > 0 && len(fields) >= entry; count-- {
		if order.Uint16(fields) == tag {
			if found := int(order.Uint16(fields[8:])); found >= 1 && found <= 8 {
				return found
			}
			return 1
		}
		fields = fields[entry:]
	}
	return 1
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
