package journeys

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"stoa/test/rig"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
)

// routes_calls_test.go has the rules of TestRoutes for API calls and for methods.

func (r *routes) needAccessToken() {
	session := r.user.Cookie("stoa_session")
	for _, route := range r.all {
		if !route.In("own-calls") {
			continue
		}
		path := route.With(uuid.NewString())
		r.client.Bearer("").Call(route.Method, path, nil).Refused(http.StatusUnauthorized, "unauthenticated")
		r.client.Bearer("x.y.z").Call(route.Method, path, nil).Refused(http.StatusUnauthorized, "invalid_token")
		r.client.Bearer(session.Value).Call(route.Method, path, nil).Refused(http.StatusUnauthorized, "invalid_token")
		r.client.Bearer("").Call(route.Method, path, nil, rig.With("Cookie", session.String())).Refused(http.StatusUnauthorized, "unauthenticated")
	}
}

// areDescribed compares openapi.json with the routes: their paths, and which of them
// need an access token.
func (r *routes) areDescribed() {
	doc, _, err := rig.Describe()
	if err != nil {
		r.Fatal(err)
	}
	undeclared := described(r)
	for _, route := range r.all {
		if !route.Call() {
			continue
		}
		path := route.Described()
		if !undeclared[route.Method+" "+path] {
			r.Errorf("openapi.json lacks %s: describe it in the YAML file beside %s and run go run ./cmd/openapi", route, route.Handler)
			continue
		}
		delete(undeclared, route.Method+" "+path)
		security := cmp.Or(doc.Paths.Value(path).GetOperation(route.Method).Security, &doc.Security)
		if needs := !slices.ContainsFunc(*security, isEmpty) && len(*security) > 0; needs != route.In("own-calls") {
			r.Errorf("openapi.json says of %s that it needs an access token: %v, and its group is %s", route, needs, route.Group)
		}
	}
	for call := range undeclared {
		if !strings.HasPrefix(call, "GET /health") { // the operators' routes are not in the table
			r.Errorf("openapi.json describes %s, and no resource declares this route: see go run ./cmd/stoa routes", call)
		}
	}
}

func isEmpty(needs openapi3.SecurityRequirement) bool { return len(needs) == 0 }

func (r *routes) answerHEAD() {
	for _, route := range r.all {
		if route.Method != http.MethodGet || route.Parameter() {
			continue
		}
		for _, b := range []*rig.Browser{r.user, r.visitor} {
			get, head := b.Fetch(http.MethodGet, route.Path, nil), b.Fetch(http.MethodHead, route.Path, nil)
			for _, name := range []string{"Content-Type", "Cache-Control", "Location"} {
				if got, want := head.Header.Get(name), get.Header.Get(name); got != want {
					r.Errorf("HEAD %s: %s = %q, want %q as of GET", route.Path, name, got, want)
				}
			}
			if head.Status != get.Status || head.Body != "" {
				r.Errorf("HEAD %s = %d with %d bytes, want %d as of GET and none", route.Path, head.Status, len(head.Body), get.Status)
			}
		}
	}
}

func (r *routes) refuseOtherMethods() {
	for _, route := range r.all {
		path := route.With(uuid.NewString())
		allowed := r.methods(path)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if slices.Contains(allowed, method) || method == http.MethodGet && route.In(rig.PageGroups...) { // leadToPages
				continue
			}
			status, header := r.send(route, method, path)
			allow := strings.Split(header.Get("Allow"), ", ")
			if status != http.StatusMethodNotAllowed || slices.ContainsFunc(allowed, func(m string) bool { return !slices.Contains(allow, m) }) {
				r.Errorf("%s %s = %d with Allow %q, want 405 with %q", method, path, status, allow, allowed)
			}
		}
	}
}

// methods returns the methods that the routes have for a path.
func (r *routes) methods(path string) []string {
	var all []string
	for _, route := range r.all {
		if route.Matches(path) {
			all = append(all, route.Method)
		}
	}
	return all
}

// send requests a path as the client that the route is for, without a body.
func (r *routes) send(route rig.Route, method, path string) (int, http.Header) {
	if route.Call() {
		got := r.client.Call(method, path, nil)
		return got.Status, got.Header
	}
	got := r.user.Fetch(method, path, nil)
	return got.Status, got.Header
}

// refuseUnknownParameters allows 422 for a form, because its handler may read the fields first.
func (r *routes) refuseUnknownParameters() {
	token := r.token(r.user)
	for _, route := range r.all {
		for _, value := range []string{uuid.NewString(), "x", "0", "'", strings.Repeat("9", 400)} {
			if !route.Parameter() {
				continue
			}
			var status int
			switch {
			case route.Call():
				status = r.client.Call(route.Method, route.With(value), r.app.Example(r, route)).Status
			case route.Method == http.MethodGet:
				status = r.user.Fetch(route.Method, route.With(value), nil).Status
			default:
				status = r.user.Fetch(route.Method, route.With(value), url.Values{"_csrf": {token}}).Status
			}
			if status != http.StatusNotFound && (route.Method == http.MethodGet || status != http.StatusUnprocessableEntity) {
				r.Errorf("%s with %q = %d, want 404", route, value, status)
			}
		}
	}
}
