package main

import (
	"context"
	"embed"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/template/html/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"stoa/platform/workers"
)

// The yardsticks are minimal servers that do a part of the same work. Their cost
// is the cost of the framework, the database and the hash alone. They run in a
// process of their own, from this same binary, which the rig starts as it starts the
// program: with the command serve and with PORT and DATABASE_URL.

// yardstickCommand is the argument that runs this binary as a yardstick.
const yardstickCommand = "serve"

// yardstickConns is Stoa's default pool size.
const yardstickConns = "20"

//go:embed yardstick.html
var yardstickViews embed.FS

// sessionRow is the result of the single query.
type sessionRow struct {
	ID        string    `json:"id"`
	Device    string    `json:"device"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// yardstickPage is the data of a small page: its row and the page around it.
type yardstickPage struct {
	Title   string
	Token   string
	Links   []link
	Session sessionRow
}

type link struct{ Path, Label string }

var links = []link{
	{"/dashboard", "Dashboard"}, {"/profile", "Profile"}, {"/password", "Password"}, {"/sessions", "Sessions"}, {"/account", "Account"},
}

type yardstick struct{ pool *pgxpool.Pool }

// serveYardstick serves the yardsticks until SIGTERM.
func serveYardstick() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL") + "&pool_max_conns=" + yardstickConns)
	if err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	app := fiber.New(fiber.Config{
		DisableStartupMessage: true,
		Views:                 html.NewFileSystem(http.FS(yardstickViews), ".html"),
	})
	y := &yardstick{pool}
	app.Get("/health", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
	app.Get("/page", y.page)
	app.Get("/json", y.json)
	app.Get("/hashes", hashRate)
	context.AfterFunc(ctx, func() { _ = app.Shutdown() }) // Listen returns the error
	return app.Listen("127.0.0.1:" + os.Getenv("PORT"))
}

// session reads the row of the cookie's session with one indexed SELECT.
func (y *yardstick) session(c *fiber.Ctx) (row sessionRow, err error) {
	err = y.pool.QueryRow(c.Context(), "SELECT id::text, device, created_at, expires_at FROM sessions WHERE k = $1", c.Cookies("session")).
		Scan(&row.ID, &row.Device, &row.CreatedAt, &row.ExpiresAt)
	return row, err
}

func (y *yardstick) page(c *fiber.Ctx) error {
	row, err := y.session(c)
	if err != nil {
		return err
	}
	return c.Render("yardstick", yardstickPage{Title: "Your session", Token: c.Cookies("session"), Links: links, Session: row})
}

func (y *yardstick) json(c *fiber.Ctx) error {
	row, err := y.session(c)
	if err != nil {
		return err
	}
	return c.JSON(row)
}

// hashRate hashes on all cores for a while and returns the hashes per second. The
// priorities are those of the program's own hashes in a storm: one thread has the
// usual one and the others the lowest, so that other load on the machine slows both
// equally.
func hashRate(c *fiber.Ctx) error {
	span, err := time.ParseDuration(c.Query("for"))
	if err != nil {
		return err
	}
	cost := c.QueryInt("cost")
	rates, errs := make([]float64, runtime.NumCPU()), make([]error, runtime.NumCPU())
	lowest := workers.New(workers.Config{Workers: len(rates) - 1, MaxWaiting: len(rates), MaxWait: time.Second, Patience: 2 * span})
	defer lowest.Close()
	var cores sync.WaitGroup
	for i := range rates {
		cores.Go(func() {
			if i == 0 {
				rates[i] = hashFor(span, cost)
				return
			}
			rates[i], errs[i] = workers.Do(context.Background(), lowest, func() float64 { return hashFor(span, cost) })
		})
	}
	cores.Wait()
	if err := first(errs); err != nil {
		return err
	}
	var sum float64
	for _, rate := range rates {
		sum += rate
	}
	return c.JSON(sum)
}

// hashFor returns the hashes per second of one core.
func hashFor(span time.Duration, cost int) float64 {
	begun, count := time.Now(), 0
	for time.Since(begun) < span {
		// A password of the length that Stoa passes to bcrypt.
		if _, err := bcrypt.GenerateFromPassword([]byte("0123456789012345678901234567890123456789abcd"), cost); err != nil {
			return 0
		}
		count++
	}
	return float64(count) / time.Since(begun).Seconds()
}
