package views

// AvatarForm shows the picture of the user and has a field for another.
type AvatarForm struct {
	Viewer Viewer
	Saved  bool // the response to an htmx request that changed it
	Errors Errors
}

// FileField is the field for a picture.
func (f AvatarForm) FileField() File {
	return File{
		Name: "avatar", Label: "Picture", Hint: "PNG, JPEG or WebP, up to 5 MiB. The middle of it is shown, as a square.",
		Accept: "image/png,image/jpeg,image/webp", MaxBytes: 5 << 20, TooLarge: "Choose a picture of at most 5 MiB.", Error: f.Errors.For("avatar"),
	}
}
