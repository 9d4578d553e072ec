package picturetest

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Profile is a colour profile (ICC.1) of a form that pictures have. It converts by a
// curve and a matrix, or by a table when Tables is set.
type Profile struct {
	Version byte          // 2 or 4
	Space   string        // "RGB ", "GRAY" or "CMYK"
	Columns [3][3]float64 // XYZ of red, green and blue, adapted to D50
	Curve   []byte        // of each channel
	Table   []byte        // the tag A2B0, instead of Columns and Curve
}

// Columns of well-known profiles.
var (
	AdobeRGB  = [3][3]float64{{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}
	DisplayP3 = [3][3]float64{{0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407}}
	ProPhoto  = [3][3]float64{{0.79767, 0.28804, 0}, {0.13519, 0.71188, 0}, {0.03134, 0.00008, 0.82491}}
)

var d50 = [3]float64{0.9642, 1, 0.8249}

// Gamma returns a curve with an exponent, as profiles of version 2 have it.
func Gamma(exponent float64) []byte {
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), 1)
	return binary.BigEndian.AppendUint16(b, uint16(math.Round(exponent*256)))
}

// Sampled returns a curve of sampled values of f, which maps 0 to 1 to the same.
func Sampled(samples int, f func(float64) float64) []byte {
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), uint32(samples))
	for i := range samples {
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(65535*f(float64(i)/float64(samples-1)))))
	}
	return b
}

// Parametric returns a curve of that kind (ICC.1 10.18), as profiles of version 4
// have it.
func Parametric(kind uint16, parameters ...float64) []byte {
	b := binary.BigEndian.AppendUint16([]byte("para\x00\x00\x00\x00"), kind)
	b = append(b, 0, 0)
	for _, p := range parameters {
		b = fixed(b, p)
	}
	return b
}

// SRGBCurve is the curve of sRGB, which Display P3 has, too.
var SRGBCurve = Parametric(3, 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)

// Table returns a table of 16 bits (ICC.1 10.10). It applies the curve to each
// channel, and maps the channels to Lab, as fractions of 1 to 0xffff.
func Table(channels, points int, curve func(float64) float64, at func([]float64) [3]float64) []byte {
	const samples = 256
	b := append([]byte("mft2\x00\x00\x00\x00"), byte(channels), 3, byte(points), 0)
	for i := range 9 {
		b = fixed(b, float64(1-min(i%4, 1)))
	}
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, samples), 2)
	for range channels {
		b = append(b, Sampled(samples, curve)[12:]...)
	}
	values := make([]float64, channels)
	for i := range int(math.Pow(float64(points), float64(channels))) {
		for c := channels - 1; c >= 0; c-- {
			values[c] = float64(i%points) / float64(points-1)
			i /= points
		}
		for _, v := range at(values) {
			b = binary.BigEndian.AppendUint16(b, uint16(math.Round(65535*v)))
		}
	}
	return append(b, bytes.Repeat([]byte{0, 0, 0xff, 0xff}, 3)...)
}

// Lab returns the place in a table of linear light with the primaries of Display P3,
// which is mixed with white so that no channel is near its end.
func Lab(light []float64) [3]float64 {
	const whole = 65280. / 65535 // the number for L* = 100
	var cube [3]float64
	for i, white := range d50 {
		for c, v := range light {
			cube[i] += (0.2 + 0.6*v) * DisplayP3[c][i] / white
		}
		cube[i] = math.Cbrt(cube[i])
	}
	return [3]float64{(1.16*cube[1] - 0.16) * whole, (500*(cube[0]-cube[1]) + 128) / 255 * whole, (200*(cube[1]-cube[2]) + 128) / 255 * whole}
}

func fixed(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
}

func xyz(v [3]float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, x := range v {
		b = fixed(b, x)
	}
	return b
}

// Bytes returns the profile.
func (p Profile) Bytes() []byte {
	type tag struct {
		name string
		body []byte
	}
	tags := []tag{{"wtpt", xyz(d50)}}
	pcs := "XYZ "
	switch {
	case p.Table != nil:
		tags = append(tags, tag{"A2B0", p.Table})
		pcs = "Lab "
	case p.Space == "GRAY":
		tags = append(tags, tag{"kTRC", p.Curve})
	default:
		for i, channel := range []string{"r", "g", "b"} {
			tags = append(tags, tag{channel + "XYZ", xyz(p.Columns[i])}, tag{channel + "TRC", p.Curve})
		}
	}
	head := make([]byte, 128)
	head[8] = p.Version
	copy(head[12:], "mntr"+p.Space+pcs)
	copy(head[36:], "acsp")
	copy(head[68:], xyz(d50)[8:])
	table, body := binary.BigEndian.AppendUint32(nil, uint32(len(tags))), []byte{}
	start := len(head) + 4 + 12*len(tags)
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(start+len(body)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.body)))
		body = append(body, t.body...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	file := bytes.Join([][]byte{head, table, body}, nil)
	binary.BigEndian.PutUint32(file, uint32(len(file)))
	return file
}
