package wxclient

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/egress"
)

// onceOnly is a gateway, in memory, that answers only the first request of each
// connection. What it does to others is up to it.
type onceOnly struct {
	later func(net.Conn) // what becomes of a second request

	mu     sync.Mutex
	opened int
}

func (g *onceOnly) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	g.mu.Lock()
	g.opened++
	g.mu.Unlock()
	go func() {
		defer far.Close()
		from := bufio.NewReader(far)
		for n := 0; ; n++ {
			req, err := http.ReadRequest(from)
			if err != nil {
				return
			}
			io.Copy(io.Discard, req.Body)
			if n > 0 {
				g.later(far)
				io.Copy(io.Discard, from)
				return
			}
			time.Sleep(time.Second) // so that all of them are opened
			io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"+`{"list":[]}`)
		}
	}()
	return near, nil
}

// TestGatewayOfOneRequest: many connections are kept, none of which is answered
// again; the second attempt takes none of them.
func TestGatewayOfOneRequest(t *testing.T) {
	for name, later := range map[string]func(net.Conn){
		"closes":  func(c net.Conn) { c.Close() },
		"is mute": func(net.Conn) {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gateway := &onceOnly{later: later}
				kept := &http.Transport{DialContext: gateway.dial, MaxIdleConnsPerHost: workers}
				web := egress.Transport{Kept: kept, Single: &http.Transport{DialContext: gateway.dial, DisableKeepAlives: true}}
				defer web.CloseIdleConnections()
				c := New(Options{URL: "http://wechat.test", Transport: web, Tokens: fixed(testToken)})
				for _, err := range askAll(t.Context(), c) {
					if err != nil {
						t.Fatal(err)
					}
				}
				if gateway.opened != workers {
					t.Fatalf("%d connections, want %d to be kept", gateway.opened, workers)
				}
				var codes []string
				c.observe = func(x Exchange) { codes = append(codes, x.Code) }
				if _, err := c.Fetch(t.Context(), aRequest); err != nil {
					t.Errorf("%v, after %q", err, codes)
				}
				if len(codes) != 2 || codes[1] != "0" {
					t.Errorf("exchanges %q, want one that fails", codes)
				}
			})
		})
	}
}
