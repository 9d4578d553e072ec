package rig

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
)

// Picture returns a PNG of one colour, by which tests recognise a picture.
func Picture(t testing.TB, side int, colour color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.Set(x, y, colour)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Upload fills the form that matches selector, puts the file into its file field,
// sends it and follows redirects.
func (b *Browser) Upload(selector string, file []byte) *Page {
	b.T.Helper()
	form := b.Page.Form(selector)
	name := b.Page.Find(selector+` [type="file"]`).AttrOr("name", "")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field := range form.Fields {
		if field == name {
			continue
		}
		if err := w.WriteField(field, form.Fields.Get(field)); err != nil {
			b.T.Fatal(err)
		}
	}
	part, err := w.CreateFormFile(name, "picture.png")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Follow(b.Fetch(form.Method, form.Action, nil, func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Header.Set("Origin", b.App.Base)
	}))
}
