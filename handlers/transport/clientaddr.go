package transport

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/fair"
)

// ClientAddr returns the IP address of the client behind peer, for limits and
// the log. forwarded has the values of all X-Forwarded-For headers in their
// order.
//
// Any client can send this header, and each proxy appends the address of its
// own client. ClientAddr therefore uses the header only when peer is a trusted
// proxy. It reads the addresses from the right, skips trusted proxies, and
// returns the first other address. The client may have written the addresses on
// the left of it. At an invalid address it stops, and returns the proxy that
// sent this address.
func ClientAddr(peer netip.Addr, forwarded []string, trusted []netip.Prefix) netip.Addr {
	client, _ := behindProxies(peer, forwarded, trusted)
	return client
}

// behindProxies returns ClientAddr, and the number of addresses that it has read: one
// for each trusted proxy of the chain.
func behindProxies(peer netip.Addr, forwarded []string, trusted []netip.Prefix) (client netip.Addr, proxies int) {
	client = peer.Unmap().WithZone("")
	chain := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(chain) - 1; i >= 0 && within(client, trusted); i-- {
		hop := strings.Trim(chain[i], " \t")
		if hop == "" {
			continue // empty elements are ignored (RFC 9110, 5.6.1.2)
		}
		next, ok := parseHop(hop)
		if !ok {
			break
		}
		client = next
		proxies++
	}
	return client, proxies
}

// parseHop parses an IP address in the forms that proxies write: plain, in
// brackets, with a port.
func parseHop(s string) (netip.Addr, bool) {
	inner := s
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		inner = s[1 : len(s)-1]
	}
	addr, err := netip.ParseAddr(inner)
	if err != nil {
		var withPort netip.AddrPort
		withPort, err = netip.ParseAddrPort(s)
		addr = withPort.Addr()
	}
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

// unmapped converts an IPv4-mapped IPv6 network (::ffff:10.0.0.0/104) to the
// IPv4 network.
func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// LimitKey returns the key of a client's limits: its IPv4 address, or the /64
// network of its IPv6 address, because one customer has a whole /64. Clients
// without an address, as over a Unix socket, share "unknown".
func LimitKey(addr netip.Addr) string { return network(addr, 64) }

// FairKey returns the key of a client's requests while they have no user. All
// clients of an IPv6 /48 network have one share: a customer of a hosting company has
// a /48, which contains 65,536 networks of LimitKey.
func FairKey(addr netip.Addr) fair.Key { return fair.Client(network(addr, 48), network(addr, 64)) }

// network returns an IPv4 address, or the network of an IPv6 address.
func network(addr netip.Addr, bits int) string {
	addr = addr.Unmap().WithZone("")
	switch {
	case !addr.IsValid():
		return "unknown"
	case addr.Is4():
		return addr.String()
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}

// clientAddr returns the IP address of the request's client.
func (t *Transport) clientAddr(c *fiber.Ctx) netip.Addr {
	return ClientAddr(peerAddr(c), headerLines(c, fiber.HeaderXForwardedFor), t.Trusted)
}

// trusts reports whether the peer is a trusted proxy.
func (t *Transport) trusts(c *fiber.Ctx) bool { return within(peerAddr(c).Unmap(), t.Trusted) }

func peerAddr(c *fiber.Ctx) netip.Addr {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return peer
}

// headerLines returns the values of all header lines of the name.
func headerLines(c *fiber.Ctx, name string) []string {
	var lines []string
	for _, line := range c.Request().Header.PeekAll(name) {
		lines = append(lines, string(line))
	}
	return lines
}
