package app

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
)

// TestFirstScrape: whoever scrapes while the kept days are still being read gets
// the whole page a moment later, and not a part of it at once.
func TestFirstScrape(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the whole page") })
	for name, c := range map[string]struct {
		then func(made chan struct{}, end context.CancelFunc)
		code int
		body string
	}{
		"pages are made":      {func(made chan struct{}, _ context.CancelFunc) { close(made) }, 200, "the whole page"},
		"exporter ends":       {func(_ chan struct{}, end context.CancelFunc) { end() }, 503, "wx_exporter is ending.\n"},
		"made before it ends": {func(made chan struct{}, end context.CancelFunc) { close(made); synctest.Wait(); end() }, 200, "the whole page"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				made := make(chan struct{})
				w, answered := httptest.NewRecorder(), make(chan struct{})
				go func() {
					defer close(answered)
					whenRendered(ctx, made, page).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
				}()
				synctest.Wait()
				select {
				case <-answered:
					t.Fatalf("answered too early: %d %q", w.Code, w.Body)
				default:
				}
				c.then(made, end)
				<-answered
				if w.Code != c.code || w.Body.String() != c.body {
					t.Errorf("answered %d %q, want %d %q", w.Code, w.Body, c.code, c.body)
				}
			})
		})
	}
}

// TestNobodyWaits: a client that goes away while it waits leaves nothing behind.
func TestNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			r := httptest.NewRequestWithContext(ctx, "GET", "/metrics", nil)
			whenRendered(t.Context(), make(chan struct{}), http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
		}()
		synctest.Wait()
		leave()
		<-answered
	})
}
