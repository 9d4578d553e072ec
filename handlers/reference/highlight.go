package reference

import (
	"regexp"

	"stoa/views"
)

// The words that are coloured, one pattern for each language. The names of its groups
// are the classes of views.Span.
var (
	jsonWords   = regexp.MustCompile(`(?P<k>"(?:\\.|[^"\\])*")\s*:|(?P<s>"(?:\\.|[^"\\])*")|(?P<n>-?\b\d[\d.]*\b|\b(?:true|false|null)\b)`)
	shellWords  = regexp.MustCompile(`(?P<c>#.*)|(?P<s>'[^']*'|"[^"]*")|(?P<k>\b(?:curl|export)\b)`)
	jsWords     = regexp.MustCompile("(?P<c>//.*)|(?P<s>\"(?:\\\\.|[^\"\\\\])*\"|`[^`]*`)|(?P<k>\\b(?:const|await)\\b)|(?P<n>\\b\\d[\\d.]*\\b|\\b(?:true|false|null)\\b)")
	goWords     = regexp.MustCompile("(?P<c>//.*)|(?P<s>\"(?:\\\\.|[^\"\\\\])*\"|`[^`]*`)|(?P<k>\\b(?:package|import|func|if|defer)\\b)|(?P<n>\\b\\d[\\d.]*\\b|\\bnil\\b)")
	pythonWords = regexp.MustCompile(`(?P<c>#.*)|(?P<s>"(?:\\.|[^"\\])*")|(?P<k>\b(?:import|from|with|as)\b)|(?P<n>\b\d[\d.]*\b|\b(?:True|False|None)\b)`)
)

// highlight splits code into spans.
func highlight(words *regexp.Regexp, code string) []views.Span {
	var spans []views.Span
	add := func(class, text string) {
		if text != "" {
			spans = append(spans, views.Span{Class: class, Text: text})
		}
	}
	at := 0
	for _, match := range words.FindAllStringSubmatchIndex(code, -1) {
		for group, class := range words.SubexpNames() {
			begin, end := match[2*group], match[2*group+1]
			if class != "" && begin >= 0 {
				add("", code[at:begin])
				add(class, code[begin:end])
				at = end
			}
		}
	}
	add("", code[at:])
	return spans
}
