package chromium

import (
	"encoding/base64"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// icon is a picture of the mark. Systems cut maskable icons to a circle of 80 % of
// their size (W3C Web App Manifest, icon masks).
type icon struct {
	Size   int
	Mark   float64 // the width of the mark, as a part of the size
	Corner float64 // the radius of the corners, as a part of the size
}

var icons = map[string]icon{
	"touch-icon.png":    {180, 0.6, 0},
	"icon-192.png":      {192, 0.64, 0.2},
	"icon-512.png":      {512, 0.64, 0.2},
	"icon-maskable.png": {512, 0.5, 0},
}

// drawIcon draws the mark of the page, white on the green of the favicon.
const drawIcon = `(icon => {
	const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
	canvas.width = canvas.height = icon.Size;
	pen.fillStyle = "#00704f";
	pen.roundRect(0, 0, icon.Size, icon.Size, icon.Size * icon.Corner);
	pen.fill();
	const scale = icon.Size * icon.Mark / 18, edge = icon.Size / 2 - 10 * scale;
	pen.setTransform(scale, 0, 0, scale, edge, edge);
	pen.fillStyle = "#fff";
	pen.fill(new Path2D(document.querySelector(".mark path").getAttribute("d")));
	return canvas.toDataURL().split(",")[1];
})(%s)`

// TestIcons writes the pictures of static/src: the icons from the mark, and share.png,
// which other sites show with a link, from the front page.
func TestIcons(t *testing.T) {
	folder := os.Getenv("ICONS")
	if folder == "" {
		t.Skip("it writes the icons of static/src: `make icons`")
	}
	folder = filepath.Join("..", "..", filepath.FromSlash(folder))
	tab := open(t, shared(t))
	share := tab.picture(screen{reach: just("/")}, format{"light", 1200, 630, 1})
	if err := write(filepath.Join(folder, "share.png"), share); err != nil {
		t.Fatal(err)
	}
	for name, what := range icons {
		drawn := base64.NewDecoder(base64.StdEncoding, strings.NewReader(evaluate[string](tab, drawIcon, what)))
		picture, err := png.Decode(drawn)
		if err == nil {
			err = write(filepath.Join(folder, name), picture)
		}
		if err != nil {
			t.Fatal(name, err)
		}
	}
}
