package chromium

var _ = declare(
	screen{name: "profile with a picture", signedIn: true, reach: withPicture, state: true},
	screen{name: "picture refused", signedIn: true, reach: noPicture, state: true, allow: status422},
)
