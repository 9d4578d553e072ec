package transport

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// ClientAddr returns the address of the client behind peer, for limits and the
// log. forwarded has the values of all X-Forwarded-For headers in their order.
//
// Anybody can write that header, and each proxy adds at its right end whom it
// was called by. So it is believed only from a trusted peer, and only from the
// right: past trusted proxies to the first address that is not one. What
// stands left of that, the client itself may have written. Where the chain is
// no address, the last proxy that was known is the answer.
func ClientAddr(peer netip.Addr, forwarded []string, trusted []netip.Prefix) netip.Addr {
	client := peer.Unmap().WithZone("")
	chain := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(chain) - 1; i >= 0 && within(client, trusted); i-- {
		hop := strings.Trim(chain[i], " \t")
		if hop == "" {
			continue // an empty element is none (RFC 9110, 5.6.1.2)
		}
		next, ok := parseHop(hop)
		if !ok {
			break
		}
		client = next
	}
	return client
}

// parseHop reads an address as proxies write it: bare, in brackets, with a
// port behind.
func parseHop(s string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap().WithZone(""), err == nil
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if unmapped(network).Contains(addr) {
			return true
		}
	}
	return false
}

// unmapped returns an IPv4 network that was written as a part of IPv6
// (::ffff:10.0.0.0/104) as what it is.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// LimitKey returns what a client is counted by: an IPv4 address, or the /64
// network of an IPv6 one, of which a single customer has all. Without an
// address, as over a Unix socket, all share "unknown".
func LimitKey(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	switch {
	case !addr.IsValid():
		return "unknown"
	case addr.Is4():
		return addr.String()
	}
	return netip.PrefixFrom(addr, 64).Masked().String()
}

// clientAddr returns the client's address, believing only trusted proxies.
func (t *Transport) clientAddr(c *fiber.Ctx) netip.Addr {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	var forwarded []string
	for _, value := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		forwarded = append(forwarded, string(value))
	}
	return ClientAddr(peer, forwarded, t.Trusted)
}

// trusts reports whether the peer is a proxy whose headers are believed.
func (t *Transport) trusts(c *fiber.Ctx) bool {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return within(peer.Unmap(), t.Trusted)
}
