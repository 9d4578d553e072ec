// Package static embeds the built style sheet, scripts, font and icons. Their URLs
// contain the hash of their content. The sources are in src. `npm ci && npm run
// build` makes dist and dist.go, which are committed so that building the program
// needs only Go.
package static

// Asset is one file as it is served. Its slices are embedded in the program and must
// not be changed.
type Asset struct {
	Type      string
	Body      []byte
	Gzip      []byte // nil when compressing does not help
	Brotli    []byte // nil when compressing does not help
	ETag      string // quoted
	Immutable bool   // the path contains the hash: clients may cache it for a year
}

type entry struct {
	name, path string
	Asset
}

// URL returns the path of a file by its plain name: app.css has the path
// /static/app.3f2a91c0.css. It panics for an unknown name; the tests of the
// templates find such names.
func URL(name string) string {
	for i := range entries {
		if entries[i].name == name {
			return entries[i].path
		}
	}
	panic("static: no file of the name " + name)
}

// Lookup returns the file of a path, and false when there is none. Paths are those
// under /static/, /favicon.ico, /robots.txt and /manifest.webmanifest.
func Lookup(path string) (Asset, bool) {
	for i := range entries {
		if entries[i].path == path {
			return entries[i].Asset, true
		}
	}
	return Asset{}, false
}
