package views_test

import (
	"bytes"
	"regexp"
	"testing"

	"stoa/static"
	"stoa/views"
)

// The icons of entries are named in Go, where the build of static/dist does not see a
// wrong name.
func TestMenu_IconsExist(t *testing.T) {
	sprite, _ := static.Lookup(static.URL("icons.svg"))
	for _, menu := range []string{"main", "help", "development"} {
		icons := regexp.MustCompile(`<use href="[^"#]+#([^"]+)"/></svg>[A-Z]`).FindAllStringSubmatch(string(views.Chrome{}.Menu(menu)), -1)
		if len(icons) == 0 {
			t.Errorf("the menu %s has no icons", menu)
		}
		for _, m := range icons {
			if !bytes.Contains(sprite.Body, []byte(`id="`+m[1]+`"`)) {
				t.Errorf("the sprite has no icon %s: run make generate", m[1])
			}
		}
	}
}
