package app

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// server is an exporter that runs in the test's process.
type server struct {
	harness.Server
	log  *harness.Output
	stop func() int // ends it and returns the exit code
}

// start runs the exporter with arguments on a free port until the test ends.
func start(t testing.TB, env map[string]string, args ...string) *server {
	t.Helper()
	s := &server{log: &harness.Output{}}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() {
		args := append([]string{"--web.listen-address=127.0.0.1:0", "--log.level=debug"}, args...)
		code <- run(ctx, args, func(k string) string { return env[k] }, s.log, s.log)
	}()
	s.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(harness.Patience):
			t.Error("the exporter does not end")
			return -1
		}
	})
	t.Cleanup(func() { s.stop() })
	harness.Eventually(t, "the web server", func() bool {
		select {
		case c := <-code:
			t.Fatalf("the exporter ended with code %d:\n%s", c, s.log)
		default:
		}
		s.URL = s.log.Listening()
		return s.URL != ""
	})
	return s
}

// fleetOf is many accounts of a simulated WeChat.
func fleetOf(n int) []wxtest.Account {
	var all []wxtest.Account
	for i := range n {
		all = append(all, wxtest.Account{
			Name: fmt.Sprintf("a%03d", i), AppID: fmt.Sprintf("wxfleet%012d", i), Secret: fmt.Sprintf("secret-of-fleet-%05d", i),
			Followers: 1000 + i, Articles: 1, OldArticles: i%10 == 0,
		})
	}
	return all
}

// run runs the program to its end.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	return Run(ctx, args, Host{Getenv: getenv, Stdout: stdout, Stderr: stderr})
}
