package transport

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"stoa/platform/fair"
)

var proxies = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("::ffff:172.16.0.0/108"),
}

func TestClientAddr(t *testing.T) {
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.9", nil, "203.0.113.9"},
		{"forged by the client", "203.0.113.9", []string{"198.51.100.1"}, "203.0.113.9"},
		{"one proxy", "10.0.0.1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"one proxy without the header", "10.0.0.1", nil, "10.0.0.1"},
		{"forged in front of a proxy", "10.0.0.1", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"forged as a proxy", "10.0.0.1", []string{"198.51.100.1, 10.0.0.7, 203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.0.0.1", []string{"198.51.100.1, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"only proxies", "10.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"several headers", "10.0.0.1", []string{"198.51.100.1", "203.0.113.9", "10.0.0.2"}, "203.0.113.9"},
		{"no space, tabs", "10.0.0.1", []string{"198.51.100.1,203.0.113.9,\t10.0.0.2 "}, "203.0.113.9"},
		{"empty elements", "10.0.0.1", []string{"203.0.113.9,,", "", " , "}, "203.0.113.9"},
		{"garbage left of the client", "10.0.0.1", []string{"<script>, 203.0.113.9"}, "203.0.113.9"},
		{"garbage right", "10.0.0.1", []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		{"garbage behind a proxy", "10.0.0.1", []string{"203.0.113.9, _hidden, 10.0.0.2"}, "10.0.0.2"},
		{"port", "10.0.0.1", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		{"invalid port", "10.0.0.1", []string{"203.0.113.9:99999"}, "10.0.0.1"},
		{"IPv6", "fd00::1", []string{"2001:db8::9, fd00::2"}, "2001:db8::9"},
		{"IPv6 in brackets", "fd00::1", []string{"[2001:db8::9]"}, "2001:db8::9"},
		{"IPv6 with port", "fd00::1", []string{"[2001:db8::9]:4711"}, "2001:db8::9"},
		{"IPv6 half bracket", "fd00::1", []string{"[2001:db8::9"}, "fd00::1"},
		{"IPv6 zone", "fd00::1%eth0", []string{"fe80::9%eth0"}, "fe80::9"},
		{"IPv4 in IPv6", "::ffff:10.0.0.1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"network written as IPv6", "172.16.0.1", []string{"203.0.113.9, 172.17.0.1"}, "203.0.113.9"},
		{"leading zeros", "10.0.0.1", []string{"010.0.0.2"}, "10.0.0.1"},
		{"a number", "10.0.0.1", []string{"3405803785"}, "10.0.0.1"},
		{"a name", "10.0.0.1", []string{"localhost"}, "10.0.0.1"},
		{"a network", "10.0.0.1", []string{"10.0.0.0/8"}, "10.0.0.1"},
	} {
		got := ClientAddr(netip.MustParseAddr(c.peer), c.forwarded, proxies)
		if got != netip.MustParseAddr(c.want) {
			t.Errorf("%s: ClientAddr(%s, %q) = %s, want %s", c.name, c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestClientAddr_NothingTrusted(t *testing.T) {
	peer := netip.MustParseAddr("10.0.0.1")
	if got := ClientAddr(peer, []string{"203.0.113.9"}, nil); got != peer {
		t.Errorf("ClientAddr = %s, want the peer %s", got, peer)
	}
}

func TestClientAddr_NoPeer(t *testing.T) {
	if got := ClientAddr(netip.Addr{}, []string{"203.0.113.9"}, proxies); got.IsValid() {
		t.Errorf("ClientAddr = %s, want none", got)
	}
}

func TestLimitKey(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.9":             "203.0.113.9",
		"::ffff:203.0.113.9":      "203.0.113.9",
		"2001:db8:1:2:3:4:5:6":    "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::":     "2001:db8:1:2::/64",
		"2001:db8:1:3::":          "2001:db8:1:3::/64",
		"fe80::1%eth0":            "fe80::/64",
		"::1":                     "::/64",
		"0:0:0:0:0:ffff:a00:1":    "10.0.0.1",
		"2001:DB8:1:2::203.0.1.1": "2001:db8:1:2::/64",
	} {
		if got := LimitKey(netip.MustParseAddr(in)); got != want {
			t.Errorf("LimitKey(%s) = %s, want %s", in, got, want)
		}
	}
	if got := LimitKey(netip.Addr{}); got != "unknown" {
		t.Errorf("LimitKey(none) = %s, want unknown", got)
	}
}

// A customer with a whole /48 has the share of one client.
func TestFairKey(t *testing.T) {
	for in, want := range map[string][2]string{
		"203.0.113.9":          {"203.0.113.9", "203.0.113.9"},
		"::ffff:203.0.113.9":   {"203.0.113.9", "203.0.113.9"},
		"2001:db8:1:2:3:4:5:6": {"2001:db8:1::/48", "2001:db8:1:2::/64"},
		"2001:db8:1:ffff::1":   {"2001:db8:1::/48", "2001:db8:1:ffff::/64"},
		"2001:db8:2::1":        {"2001:db8:2::/48", "2001:db8:2::/64"},
	} {
		if got, want := FairKey(netip.MustParseAddr(in)), fair.Client(want[0], want[1]); !slices.Equal(got, want) {
			t.Errorf("FairKey(%s) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClientAddr(f *testing.F) {
	f.Add("203.0.113.9", "198.51.100.1", "")
	f.Add("10.0.0.1", "198.51.100.1, 203.0.113.9", "10.0.0.2")
	f.Add("fd00::1%eth0", "[2001:db8::9]:4711", "fe80::9%eth0,")
	f.Add("::ffff:10.0.0.1", "unknown, ::ffff:203.0.113.9", " ")
	f.Fuzz(func(t *testing.T, peerText, one, two string) {
		peer, err := netip.ParseAddr(peerText)
		if err != nil {
			return
		}
		forwarded := []string{one, two}
		got := ClientAddr(peer, forwarded, proxies)
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Fatalf("ClientAddr(%s, %q) = %s, want a plain address", peer, forwarded, got)
		}
		known := peer.Unmap().WithZone("")
		if !within(known, proxies) && got != known {
			t.Fatalf("ClientAddr(%s, %q) = %s, want the peer, which is not trusted", peer, forwarded, got)
		}
		checkForgery(t, peer, forwarded, got)
		checkKey(t, got)
	})
}

// checkForgery checks that addresses written by the client, on the left of
// those that proxies append, do not change the result.
func checkForgery(t *testing.T, peer netip.Addr, forwarded []string, client netip.Addr) {
	if within(client, proxies) {
		return // the chain has proxies only, so an address on its left is the client
	}
	for _, forged := range []string{"192.0.2.66", "10.0.0.66", "x", ""} {
		if got := ClientAddr(peer, append([]string{forged}, forwarded...), proxies); got != client {
			t.Fatalf("ClientAddr(%s, %q) = %s, and with %q in front %s, want no change", peer, forwarded, client, forged, got)
		}
	}
}

func checkKey(t *testing.T, addr netip.Addr) {
	key := LimitKey(addr)
	if addr.Is4() && key != addr.String() {
		t.Fatalf("LimitKey(%s) = %s, want the address", addr, key)
	}
	if addr.Is6() {
		network, err := netip.ParsePrefix(key)
		if err != nil || network.Bits() != 64 || !network.Contains(addr) || !strings.HasSuffix(key, "::/64") && network.Addr().As16()[15] != 0 {
			t.Fatalf("LimitKey(%s) = %s, want its /64", addr, key)
		}
	}
}
