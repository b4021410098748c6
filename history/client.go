package history

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/egress"
)

const (
	maxSamples = 10_000           // of a request
	maxWords   = 64 << 10         // bytes of an answer that are read
	timeout    = 30 * time.Second // of a request
	slowest    = time.Minute      // between two tries, unless the receiver asks for more
)

// client writes samples to a receiver, one request at a time.
type client struct {
	api              *remote.API
	last             lastAnswer
	logger           log.Logger
	samples, retries prometheus.Counter
	failing          bool // the last request did not reach it
}

// connect prepares the client; it makes no request.
func (c *client) connect(r Receiver, now func() time.Time) (err error) {
	c.last.next, c.last.now = r.Transport, now
	c.api, err = remote.NewAPI(r.URL, remote.WithAPIPath(""),
		remote.WithAPIHTTPClient(egress.Client(&c.last, timeout, r.FollowRedirects)),
		remote.WithAPIBackoff(remote.BackoffConfig{Min: time.Second, Max: slowest}))
	return err
}

// write writes samples until the receiver has taken them; an error says that it
// refuses some of them, or is that of ctx.
func (c *client) write(ctx context.Context, samples []Sample) error {
	for part := range slices.Chunk(samples, maxSamples) {
		for {
			_, err := c.api.Write(ctx, remote.WriteV1MessageType, newWriteRequest(part), remote.WithWriteRetryCallback(c.retry))
			if err == nil {
				break
			}
			if ctx.Err() != nil || c.last.refused() {
				return err
			}
			c.retry(err)
			if !sleep(ctx, slowest) {
				return ctx.Err()
			}
		}
		if c.failing {
			c.failing = false
			level.Info(c.logger).Log("msg", "remote write recovered")
		}
		c.samples.Add(float64(len(part)))
	}
	return nil
}

// retry notes that a request failed and will be repeated.
func (c *client) retry(err error) {
	c.retries.Inc()
	if !c.failing {
		c.failing = true
		level.Warn(c.logger).Log("msg", "remote write failed, retrying", "err", redacted(err))
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// lastAnswer keeps the library from believing all that a receiver says, and records
// the status of the last answer, which the library's errors lack.
type lastAnswer struct {
	next http.RoundTripper
	now  func() time.Time
	sent bool // there was a request
	code int  // of the answer to the last one; 0: there was none
}

// RoundTrip implements http.RoundTripper.
func (s *lastAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	if s.sent && s.code == 0 {
		req = req.WithContext(egress.Fresh(req.Context()))
	}
	s.sent, s.code = true, 0
	resp, err := s.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 && isPage(resp) {
		resp.Body.Close()
		return nil, fmt.Errorf("HTTP status %d with a web page: something else than a receiver answers there", resp.StatusCode)
	}
	s.code = resp.StatusCode
	egress.Cut(resp, maxWords)
	// The library adds this to its own pause, without a look at it.
	delay := min(egress.Delay(resp.Header, s.now()), egress.MaxDelay-slowest)
	resp.Header.Set("Retry-After", strconv.Itoa(int(delay.Seconds())))
	return resp, nil
}

// isPage reports whether an answer is a web page, such as one to log in at. No receiver
// that takes samples says so with a page.
func isPage(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && kind == "text/html" && resp.ContentLength != 0
}

// refused reports whether the last answer was about the samples. Missing credentials
// and wrong addresses are not: they will be corrected, and then every day must still
// be sent.
func (s *lastAnswer) refused() bool {
	switch s.code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return s.code/100 == 4
}

// redacted is an error for the log: without the URL, which may hold a credential,
// and no page that a proxy answered.
func redacted(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	text := err.Error()
	return text[:min(len(text), 500)]
}
