// Package static has the built style sheet, scripts, font and icons, embedded
// and addressed by the hash of their content. Its sources are in src; dist and
// dist.go are made by `npm ci && npm run build` and committed, so that a
// machine with Go alone can build and run the program.
package static

// Asset is one file as it is served. Its slices are embedded in the program
// and must not be changed.
type Asset struct {
	Type      string
	Body      []byte
	Gzip      []byte // nil when compressing does not help
	Brotli    []byte // nil when compressing does not help
	ETag      string // quoted
	Immutable bool   // the path names the content: cache it for a year
}

type entry struct {
	name, path string
	Asset
}

// URL returns the path of a file by its plain name: app.css is at
// /static/app.3f2a91c0.css. It panics for a name that is not there, which the
// tests of the templates find.
func URL(name string) string {
	for i := range entries {
		if entries[i].name == name {
			return entries[i].path
		}
	}
	panic("static: no file called " + name)
}

// Lookup returns the file that is served at the path, and false when there is
// none. Besides those under /static/ it knows /favicon.ico, /robots.txt and
// /manifest.webmanifest.
func Lookup(path string) (Asset, bool) {
	for i := range entries {
		if entries[i].path == path {
			return entries[i].Asset, true
		}
	}
	return Asset{}, false
}
