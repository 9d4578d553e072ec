package sessions

import (
	"testing"
	"time"
)

func TestSession_Lifetime(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	tests := map[string]struct {
		remember     bool
		age, unused  time.Duration
		want         time.Duration
		wantIfUsed   time.Duration
		wantAnyWrite bool
	}{
		"new":                         {want: day, wantIfUsed: day},
		"used 5 minutes ago":          {age: day, unused: 5 * time.Minute, want: day - 5*time.Minute, wantIfUsed: day},
		"used a little earlier":       {age: day, unused: 5*time.Minute + 1, want: day - 5*time.Minute - 1, wantIfUsed: day, wantAnyWrite: true},
		"unused for a day":            {age: 2 * day, unused: day, want: 0, wantIfUsed: day, wantAnyWrite: true},
		"at its end though in use":    {age: 30 * day, want: 0, wantIfUsed: 0},
		"near its end":                {age: 30*day - time.Hour, unused: time.Hour, want: time.Hour, wantIfUsed: time.Hour, wantAnyWrite: true},
		"remembered":                  {remember: true, age: 29 * day, unused: 29 * day, want: day, wantIfUsed: 30 * day, wantAnyWrite: true},
		"remembered, near its end":    {remember: true, age: 89 * day, want: day, wantIfUsed: day},
		"remembered, unused too long": {remember: true, age: 31 * day, unused: 30 * day, want: 0, wantIfUsed: 30 * day, wantAnyWrite: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := Session{remember: tt.remember, CreatedAt: now.Add(-tt.age), lastSeenAt: now.Add(-tt.unused), readAt: now}
			if got := s.Lifetime(); got != tt.want {
				t.Errorf("Lifetime() = %v, want %v", got, tt.want)
			}
			renewed, due := s.Renewal()
			if renewed != tt.wantIfUsed || due != tt.wantAnyWrite {
				t.Errorf("Renewal() = %v, %v, want %v, %v", renewed, due, tt.wantIfUsed, tt.wantAnyWrite)
			}
		})
	}
}

func FuzzParseRefresh(f *testing.F) {
	f.Add("stoa_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("stoa_rt_")
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("stoa_rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")
	f.Add("stoa_rt_AAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, refresh string) {
		token, ok := ParseRefresh(refresh)
		if ok && (refreshPrefix+token != refresh || len(token) != 43) {
			t.Errorf("ParseRefresh(%q) = %q, true: two spellings of one token", refresh, token)
		}
	})
}

func TestDeviceName(t *testing.T) {
	const chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	tests := map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + chrome:                                                                                     "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + chrome + " Edg/140.0.0.0":                                                                  "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 10; K) " + chrome:                                                                                            "Chrome on Android",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + chrome + " Whale/4.0":                                                                       "Chrome on ChromeOS",
		"curl/8.5.0":                          "curl",
		"Java-http-client/21.0.1":             "Java",
		"":                                    "an API client",
		"acme-sync/2.1 (Linux)":               "an API client",
		"https://evil.example/win":            "an API client",
		"visit evil.example Firefox/1":        "Firefox",
		"evil.example/1 Chrome/140 Safari/1":  "Chrome",
		"curl/8 (evil.example; Linux evil/1)": "curl on Linux",
		"\x00\x01\xff":                        "an API client",
	}
	for in, want := range tests {
		if got := DeviceName(in); got != want {
			t.Errorf("DeviceName(%q) = %q, want %q", in, got, want)
		}
	}
}
