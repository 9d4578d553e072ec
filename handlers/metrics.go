package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/gofiber/fiber/v2"

	"stoa/platform/metrics"
)

// ShowMetrics returns the metrics for Prometheus. The numbers of sign-ins and
// the slow queries are confidential: the request must have the token if one is
// set, and without one the page does not exist in production (ASVS 13.4.5).
func (o *Operations) ShowMetrics(c *fiber.Ctx) error {
	if o.MetricsToken == "" && o.Transport.Production {
		return fiber.ErrNotFound
	}
	if !o.mayRead(c.Get(fiber.HeaderAuthorization)) {
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
		return c.Status(fiber.StatusUnauthorized).SendString("Send the token: Authorization: Bearer <METRICS_TOKEN>.\n")
	}
	c.Set(fiber.HeaderContentType, metrics.ContentType)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	return o.Metrics.Write(c.Response().BodyWriter())
}

// mayRead compares hashes, so that the time of the comparison reveals neither
// the token nor its length (ASVS 11.2.4).
func (o *Operations) mayRead(authorization string) bool {
	scheme, token, _ := strings.Cut(authorization, " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(o.MetricsToken))
	return o.MetricsToken == "" || strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
