package picture

import (
	"encoding/binary"
	"math"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
)

// primaries are the chromaticities x and y of white, red, green and blue.
type primaries [4][2]float64

var (
	d65        = [2]float64{0.3127, 0.3290} // D65
	ofSRGB     = primaries{d65, {0.640, 0.330}, {0.300, 0.600}, {0.150, 0.060}}
	codePoints = map[byte]primaries{ // ITU-T H.273 table 2
		1:  ofSRGB,
		4:  {{0.310, 0.316}, {0.67, 0.33}, {0.21, 0.71}, {0.14, 0.08}},
		5:  {d65, {0.64, 0.33}, {0.29, 0.60}, {0.15, 0.06}},
		6:  {d65, {0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}},
		7:  {d65, {0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}},
		9:  {d65, {0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}},
		11: {{0.314, 0.351}, {0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}},
		12: {d65, {0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}},
	}
	curves = map[byte]func(float64) float64{ // ITU-T H.273 table 3, as Chromium shows them
		1: power(2.4), 4: power(2.2), 5: power(2.8), 6: power(2.4), 8: power(1), 13: fromSRGB, 14: power(2.4), 15: power(2.4),
	}
)

func power(exponent float64) func(float64) float64 {
	return func(v float64) float64 { return math.Pow(v, exponent) }
}

func fromSRGB(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// ofCodePoints returns the conversion of a chunk cICP, or nil when it is not
// supported.
func ofCodePoints(chunk []byte) colour {
	primaries, known := codePoints[chunk[0]]
	curve := curves[chunk[1]]
	if matrix, fullRange := chunk[2], chunk[3]; !known || curve == nil || matrix != 0 || fullRange != 1 {
		return nil
	}
	return ofPrimaries(primaries, curve)
}

// ofGamma returns the conversion of the chunks gAMA and cHRM, or nil. Chromium uses
// cHRM only together with gAMA, and takes the usual gamma alone for sRGB.
func ofGamma(gamma, chromaticities []byte) colour {
	const scale, usual, near = 100_000, 45_455, 500
	if len(gamma) != 4 {
		return nil
	}
	exponent := int(binary.BigEndian.Uint32(gamma))
	if exponent == 0 {
		return nil
	}
	p := ofSRGB
	if len(chromaticities) == 32 {
		for i := range p {
			p[i][0] = float64(binary.BigEndian.Uint32(chromaticities[8*i:])) / scale
			p[i][1] = float64(binary.BigEndian.Uint32(chromaticities[8*i+4:])) / scale
		}
	} else if exponent > usual-near && exponent < usual+near {
		return nil
	}
	return ofPrimaries(p, power(scale/float64(exponent)))
}

// ofPrimaries returns the conversion of colours with those primaries and that curve,
// or nil when the primaries are not those of three lights.
func ofPrimaries(p primaries, curve func(float64) float64) colour {
	var lights icc.Matrix3 // XYZ of the three primaries, one a column
	w := xyz(p[0])
	for i := range 3 {
		for j, v := range xyz(p[i+1]) {
			lights[j][i] = v
		}
	}
	inverse, err := lights.Inverted()
	if err != nil || p[0][1] == 0 {
		return nil
	}
	r, g, b := inverse.Transform(w[0], w[1], w[2]) // how much of each makes white
	srgb := icc.NewXYZtosRGB(icc.XYZType{X: w[0], Y: w[1], Z: w[2]}, true, false)
	return func(c [3]float64) (float64, float64, float64) {
		x, y, z := lights.Transform(r*curve(c[0]), g*curve(c[1]), b*curve(c[2]))
		return srgb.Transform(x, y, z)
	}
}

func xyz(c [2]float64) [3]float64 {
	if c[1] == 0 {
		return [3]float64{}
	}
	return [3]float64{c[0] / c[1], 1, (1 - c[0] - c[1]) / c[1]}
}
