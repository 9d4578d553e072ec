package views

import "fmt"

// AvatarForm shows the picture of the user of the page and has a field for another.
type AvatarForm struct {
	Saved  bool // the response to an htmx request that changed it
	Errors *Errors
	// MaxMiB is the size of the largest accepted file, TooLarge the message for
	// larger files.
	MaxMiB   int
	TooLarge string
}

// FileField is the field for a picture.
func (f AvatarForm) FileField() File {
	return File{
		Name: "avatar", Label: "Picture", Hint: fmt.Sprintf("PNG, JPEG or WebP, up to %d MiB. The middle of it is shown, as a square; of an animation, the first frame.", f.MaxMiB),
		Accept: "image/png,image/jpeg,image/webp", MaxBytes: f.MaxMiB << 20, TooLarge: f.TooLarge, Error: f.Errors.For("avatar"),
	}
}
