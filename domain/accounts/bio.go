package accounts

import (
	"html/template"

	"stoa/platform/markdown"
	"stoa/platform/text"
)

// Bio is the text of a user about themselves, in Markdown, at most 2,000
// characters long.
type Bio string

var bioRule = text.Rule{Field: "bio", Noun: "your bio", Max: 2000, Lines: true, Optional: true}

// ParseBio returns the bio by the rules of text.Rule for several lines: without
// control characters except tab and newline, so that the line ends of forms (\r\n)
// become \n.
func ParseBio(s string) (Bio, error) {
	bio, err := bioRule.Parse(s)
	return Bio(bio), err
}

// HTML returns the bio as HTML for a page, or "" for a blank bio. HTML tags in the
// bio are shown as text, headings begin at h3, and links have the scheme http,
// https or mailto.
func (b Bio) HTML() template.HTML { return markdown.HTML(string(b)) }
