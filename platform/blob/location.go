package blob

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// Location is the bucket of an S3 server that has the files. The empty Location
// means a directory of this machine.
type Location struct {
	Bucket   string
	Endpoint string // host, with an optional port
	Secure   bool   // https
	Region   string
}

var (
	// Bucket names that Amazon and other servers accept. Dots are excluded: the
	// certificate of bucket.host would not match.
	bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	regionPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

	errLocation = errors.New("not a location of files")
)

// UnmarshalText accepts "file" and s3://bucket?endpoint=https://host&region=….
// The default endpoint is Amazon's of the region; the default region is us-east-1.
// A URL with keys is refused, because the URL is printed and logged.
func (l *Location) UnmarshalText(text []byte) error {
	if string(text) == "file" {
		*l = Location{}
		return nil
	}
	u, err := url.Parse(string(text))
	if err != nil || !bare(u) || !bucketPattern.MatchString(u.Host) {
		return errLocation
	}
	found := Location{Bucket: u.Host, Region: "us-east-1"}
	if !found.setAll(u.RawQuery) {
		return errLocation
	}
	if found.Endpoint == "" {
		found.Endpoint, found.Secure = "s3."+found.Region+".amazonaws.com", true
	}
	*l = found
	return nil
}

// bare reports whether u has a host and parameters and nothing else.
func bare(u *url.URL) bool {
	return u.Scheme == "s3" && u.User == nil && u.Path == "" && u.Fragment == ""
}

// setAll sets the fields from the parameters of the URL, each at most once. It
// reports whether all are valid.
func (l *Location) setAll(query string) bool {
	q, err := url.ParseQuery(query)
	if err != nil {
		return false
	}
	for name, values := range q {
		if len(values) != 1 || !l.set(name, values[0]) {
			return false
		}
	}
	return true
}

// set sets a field from one parameter of the URL. It reports whether it is valid.
func (l *Location) set(name, value string) bool {
	switch name {
	case "region":
		l.Region = value
		return regionPattern.MatchString(value)
	case "endpoint":
		if !strings.Contains(value, "://") {
			value = "https://" + value
		}
		u, err := url.Parse(value)
		if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
			return false
		}
		l.Endpoint, l.Secure = u.Host, u.Scheme == "https"
		return u.Scheme == "https" || u.Scheme == "http"
	}
	return false
}

// InBucket reports whether files are on an S3 server.
func (l Location) InBucket() bool { return l.Bucket != "" }
