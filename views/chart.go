package views

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
)

// Chart shows a number for each day as bars, with the same figures as a table. It has at
// least one day; the last one is today, and lit.
type Chart struct {
	Label        string // "Sign-ins a day"
	Value, Wrong string // the names of the figures
	Days         []ChartDay
}

// ChartDay is a day in UTC with its figures. A bar is as high as both, and its part for
// Wrong is red.
type ChartDay struct {
	Day          time.Time
	Value, Wrong int
}

// The size of the drawing: the width of each day and the height. The shaft of a bar leaves
// a margin, and its capital is wider.
const (
	barWidth  = 10
	barMargin = 1.5
	capMargin = 0.5
	barHeight = 100
)

const chartDay = "2 Jan"

// Drawing returns the bars and the axes. It is one call, because each value that a template
// inserts costs about a microsecond. template.HTML is safe here: everything but the
// sentence is made of digits and constants, and the sentence is escaped.
func (c Chart) Drawing() template.HTML {
	width, top := strconv.Itoa(len(c.Days)*barWidth), c.Top()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %s 100" preserveAspectRatio="none" role="img" aria-label="%s">`, width, template.HTMLEscapeString(c.Describe()))
	for _, path := range [][2]string{
		{"grid", "M0 0H" + width + "M0 50H" + width}, {"shaft", c.Shafts()}, {"lit", c.Lit()},
		{"bad", c.Bad()}, {"cap", c.Caps()}, {"base", "M0 100H" + width + "M0 103H" + width},
	} {
		b.WriteString(`<path class="` + path[0] + `" d="` + path[1] + `"/>`)
	}
	fmt.Fprintf(&b, `</svg><div class="y" aria-hidden="true"><span>%d</span><span>%d</span><span>0</span></div>`, top, top/2)
	b.WriteString(`<div class="x" aria-hidden="true"><span>` + strings.Join(c.dates(), "</span><span>") + `</span></div>`)
	return template.HTML(b.String())
}

// Top is the value at the top of the scale: an even number of two digits at most before
// its zeros, so that its half is a whole number.
func (c Chart) Top() int {
	most := c.most().total()
	for step := 1; ; step *= 10 {
		for _, top := range []int{2, 4, 6, 8} {
			if top*step >= most {
				return top * step
			}
		}
	}
}

// Describe returns what the drawing shows, as a sentence.
func (c Chart) Describe() string {
	most, last := c.most(), c.Days[len(c.Days)-1]
	return fmt.Sprintf("%s in the last %d days, in UTC. Most: %d on %s. Today: %d.", c.Label, len(c.Days), most.total(), most.Day.Format(chartDay), last.total())
}

// dates returns the labels of the axis: five days that are evenly spread.
func (c Chart) dates() []string {
	const labels = 5
	var dates []string
	for i := range labels - 1 {
		dates = append(dates, c.Days[i*(len(c.Days)-1)/(labels-1)].Day.Format(chartDay))
	}
	return append(dates, "Today")
}

// Newest returns the days with figures, the newest first.
func (c Chart) Newest() []ChartDay {
	var days []ChartDay
	for i := len(c.Days) - 1; i >= 0; i-- {
		if c.Days[i].total() > 0 {
			days = append(days, c.Days[i])
		}
	}
	return days
}

// Shafts returns the path of the bars but the last.
func (c Chart) Shafts() string { return c.bars(0, len(c.Days)-1, ChartDay.value) }

// Lit returns the path of the last bar.
func (c Chart) Lit() string { return c.bars(len(c.Days)-1, len(c.Days), ChartDay.value) }

// Bad returns the path of the red parts.
func (c Chart) Bad() string { return c.bars(0, len(c.Days), ChartDay.wrong) }

// Caps returns the path of the lines on top of the bars but the last.
func (c Chart) Caps() string {
	var path strings.Builder
	top := c.Top()
	for i, d := range c.Days[:len(c.Days)-1] {
		if d.total() > 0 {
			path.WriteString("M" + number(float64(i*barWidth)+barMargin-capMargin) + " " + y(d.total(), top) + "h" + number(barWidth-2*barMargin+2*capMargin))
		}
	}
	return path.String()
}

// bars draws a part of the bars of the days from first to before end.
func (c Chart) bars(first, end int, part func(ChartDay) (from, to int)) string {
	var path strings.Builder
	top := c.Top()
	for i := first; i < end; i++ {
		if from, to := part(c.Days[i]); to > from {
			path.WriteString("M" + number(float64(i*barWidth)+barMargin) + " " + y(from, top) +
				"V" + y(to, top) + "h" + number(barWidth-2*barMargin) + "V" + y(from, top) + "z")
		}
	}
	return path.String()
}

func (d ChartDay) value() (from, to int) { return 0, d.Value }

func (d ChartDay) wrong() (from, to int) { return d.Value, d.total() }

func (d ChartDay) total() int { return d.Value + d.Wrong }

// y returns where a value is in the drawing, from its top.
func y(value, top int) string {
	return number(math.Round(barHeight*100*(1-float64(value)/float64(top))) / 100)
}

func (c Chart) most() ChartDay {
	var most ChartDay
	for _, d := range c.Days {
		if d.total() >= most.total() {
			most = d
		}
	}
	return most
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
