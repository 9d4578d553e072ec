package chromium

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"stoa/test/rig"
)

// The sheet has a row for each of these screens, with four pictures: light and dark
// on a desktop (1280 × 800), light and dark on a phone (320 × 640).
var sheetRows = []screen{
	{name: "landing", reach: just("/")},
	{name: "register", reach: refused("/register", registerForm, rig.Values{"name": "Ada Lovelace", "email": "ada@example", "password": "short"}), allow: status422},
	{name: "login", reach: just("/login")},
	{name: "home", signedIn: true, reach: just("/dashboard")},
	{name: "profile", signedIn: true, reach: just("/settings/profile")},
	{name: "sessions", signedIn: true, reach: just("/settings/sessions")},
	{name: "account", signedIn: true, reach: just("/settings/account")},
	{name: "error", reach: just("/somewhere/else"), allow: []string{"status of 404"}},
}

type format struct {
	theme         string
	width, height int64
	scale         float64
}

var sheetColumns = []format{
	{"light", 1280, 800, 0.5}, {"dark", 1280, 800, 0.5}, {"light", 320, 640, 0.625}, {"dark", 320, 640, 0.625},
}

const sheetGap = 20 // pixels between pictures and around them

// TestSheet writes docs/screens.png, the picture of all screens.
func TestSheet(t *testing.T) {
	path := os.Getenv("SCREENS")
	if path == "" {
		t.Skip("it writes docs/screens.png: `make screens`")
	}
	app := shared(t)
	home := establishedUser(t, app)
	grid := make([][]image.Image, len(sheetRows))
	for i, s := range sheetRows {
		for _, f := range sheetColumns {
			tab := open(t, app)
			if s.signedIn {
				tab.Take(home)
			}
			grid[i] = append(grid[i], tab.picture(s, f))
		}
	}
	if err := write(filepath.Join("..", "..", filepath.FromSlash(path)), compose(grid)); err != nil {
		t.Fatal(err)
	}
}

// establishedUser returns the browser of a user who has written a bio and is also
// signed in on two other devices.
func establishedUser(t testing.TB, app *rig.App) *rig.Browser {
	t.Helper()
	ada := rig.User{Name: "Ada Lovelace", Email: "ada@example.com", Password: rig.NewUser().Password}
	home := app.Browser(t)
	home.Addr = "203.0.113.7"
	home.Register(ada)
	home.Open("/settings/profile")
	home.Submit(profileForm, rig.Values{"bio": "Writes programs for **engines that do not exist yet**, and notes about what they could weave.\n\n- London\n- [Notes on the engine](https://example.com/notes)"})
	for address, agent := range map[string]string{
		"198.51.100.24": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
		"192.0.2.61":    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
	} {
		b := app.Browser(t)
		b.Addr, b.Agent = address, agent
		b.SignIn(ada)
	}
	return home
}

func (tab *Tab) picture(s screen, f format) image.Image {
	tab.T.Helper()
	tab.allow(s.allow...)
	tab.Theme(f.theme)
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	tab.Size(f.width, f.height)
	s.reach(tab, rig.User{})
	evaluate[bool](tab, `(scrollTo(0, 0), document.activeElement.blur(), document.fonts.ready.then(() => true))`)
	shot := call(tab, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Clip: &page.Viewport{Width: float64(f.width), Height: float64(f.height), Scale: f.scale},
	})
	picture, err := png.Decode(bytes.NewReader(shot.Data))
	if err != nil {
		tab.T.Fatal(err)
	}
	return picture
}

// compose puts the pictures in rows, each with a thin border.
func compose(grid [][]image.Image) image.Image {
	width, height := sheetGap, sheetGap
	for _, picture := range grid[0] {
		width += picture.Bounds().Dx() + sheetGap
	}
	for _, row := range grid {
		height += row[0].Bounds().Dy() + sheetGap
	}
	sheet := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.Gray{0xe4}), image.Point{}, draw.Src)
	y := sheetGap
	for _, row := range grid {
		x := sheetGap
		for _, picture := range row {
			at := picture.Bounds().Add(image.Pt(x, y).Sub(picture.Bounds().Min))
			draw.Draw(sheet, at.Inset(-1), image.NewUniform(color.Gray{0xb4}), image.Point{}, draw.Src)
			draw.Draw(sheet, at, picture, picture.Bounds().Min, draw.Src)
			x += picture.Bounds().Dx() + sheetGap
		}
		y += row[0].Bounds().Dy() + sheetGap
	}
	return sheet
}

func write(path string, picture image.Image) error {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, picture); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
