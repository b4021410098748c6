// Package wxclient calls WeChat's data APIs over HTTP for one account, be it an Official
// Account or a mini program: it has requests, rows, tokens, retries, rate limits, and
// errors with advice. It knows nothing of Prometheus.
package wxclient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"

	"github.com/wxexporter/wx_exporter/calendar"
)

const (
	maxAnswerBytes = 64 << 20 // of an answer with rows, packed or not
	maxRows        = 200_000  // of an answer; no account's comes near
)

// Request is for the rows of one API from Begin to End, both inclusive.
type Request struct {
	API        string // as WeChat calls it, such as getusersummary
	Begin, End calendar.Day
	Background bool // requests that are not in the background go first; see Connections
	How        How
}

// Answer is what WeChat returned to a Request.
type Answer struct {
	Rows    []json.RawMessage // in WeChat's order; control characters and invalid UTF-8 replaced
	Delayed bool              // is_delay: the figures are not final yet; or one of several questions has no rows

	total int64 // rows of all pages
}

// Quota is the daily quota of one API for one account, in calls, from
// /cgi-bin/openapi/quota/get.
type Quota struct {
	Limit int64 // daily_limit
	Used  int64 // used
}

// Exchange is one HTTP exchange that is over, as reported to Options.Observe.
type Exchange struct {
	API      string        // as in Error.API: token for requests of a TokenSource, quota for those of Client.Quota
	Question int           // which of How.Questions
	Code     string        // as in Error.Code; 0 for success; empty if its context ended before there was an answer
	Duration time.Duration // from sending until the answer was read
}

// Options describes a Client. Tokens is required.
type Options struct {
	URL               string            // scheme and host, such as https://api.weixin.qq.com
	Transport         http.RoundTripper // nil: http.DefaultTransport
	FollowRedirects   bool              // as Endpoint's
	Timeout           time.Duration     // of one HTTP exchange, headers and body; 0: 15 s
	Attempts          int               // of a call, while the server is busy or cannot be reached; 0: 3
	OnDate            func(time.Time)   // as Endpoint's
	RequestsPerSecond float64           // of this client, token calls and retries included; 0: no limit
	Connections       *Connections      // shared by the clients of all accounts; nil: no bound
	Tokens            TokenSource
	Now               func() time.Time // nil: time.Now
	Observe           func(Exchange)   // called after every HTTP exchange, also of tokens and retries; may be nil
	OnToken           func(Token)      // called after every token that was fetched; may be nil
	Random            func() float64   // in [0, 1), what varies pauses; nil: math/rand's
	OnRefreshFailed   func(*Error)     // called once when a token cannot be replaced and is used until it expires; may be nil
}

// Client calls WeChat for one account. It may be used concurrently.
type Client struct {
	endpoint Endpoint
	attempts int
	limits   limits
	tokens   *tokenCache
	observe  observer
}

// New returns a Client. It makes no request.
func New(o Options) *Client {
	limit := rate.NewLimiter(rate.Inf, 1)
	if o.RequestsPerSecond > 0 {
		// A burst of one spaces the requests evenly.
		limit = rate.NewLimiter(rate.Limit(o.RequestsPerSecond), 1)
	}
	p := limits{limit: limit, connections: o.Connections, random: o.Random}
	endpoint := Endpoint{URL: o.URL, Transport: o.Transport, Timeout: o.Timeout, Now: o.Now, FollowRedirects: o.FollowRedirects, OnDate: o.OnDate}
	return &Client{
		endpoint: endpoint,
		attempts: cmp.Or(o.Attempts, maxAttempts),
		limits:   p,
		tokens:   newTokenCache(o, p, endpoint.now),
		observe:  o.Observe,
	}
}

// Quota fetches the daily quota of an API and how much of it is spent. The error is
// an *Error whose API is quota or token, or it wraps the error of ctx. WeChat does
// not report every quota to everyone; then the Error's Action is Denied.
func (c *Client) Quota(ctx context.Context, api string) (quota Quota, err error) {
	err = c.call(ctx, call{
		api: QuotaAPI, path: "/cgi-bin/openapi/quota/get", background: true,
		body: map[string]string{"cgi_path": "/datacube/" + api},
		parse: func(body io.Reader, redact redactor) error {
			all, err := io.ReadAll(body)
			if err == nil {
				quota, err = parseQuota(all, redact)
			}
			return err
		},
	})
	return quota, err
}

// RetryToken lets the next call fetch a token even if that has just failed, as the
// secret may have been corrected. It waits for a running fetch.
func (c *Client) RetryToken() { c.tokens.forgetFailure() }

// call is one call of WeChat.
type call struct {
	api, path  string
	query      url.Values // beside the token
	body       any        // nil: GET
	background bool       // as Request.Background
	question   int
	made       *int                                        // counts the exchanges; may be nil
	parse      func(body io.Reader, redact redactor) error // of an HTTP 200 answer; its error is an *Error
}

// call makes one call with the current token and, if WeChat rejects that, once more
// with a new one.
func (c *Client) call(ctx context.Context, one call) error {
	token, err := c.tokens.get(ctx, "")
	if err != nil {
		return err
	}
	err = c.callWith(ctx, token, one)
	if !rejectsToken(err) {
		return err
	}
	next, err := c.tokens.get(ctx, token.Value)
	if err != nil {
		return err
	}
	err = c.callWith(ctx, next, one)
	if e, ok := errors.AsType[*Error](err); ok && rejectsToken(err) {
		return e.rejectedTwice(next.Value == token.Value)
	}
	return err
}

// callWith makes one call with a given token, with retries.
func (c *Client) callWith(ctx context.Context, token Token, one call) error {
	query := url.Values{"access_token": {token.Value}}
	maps.Copy(query, one.query)
	x := exchange{
		api:    one.api,
		url:    c.endpoint.path(one.path, query),
		body:   one.body,
		max:    maxAnswerBytes,
		redact: append(redactor{token.Value}, secretsOf(c.tokens.source)...),
	}
	return c.limits.retry(ctx, c.attempts, one.background, func(ctx context.Context) error {
		start := c.endpoint.now()
		if one.made != nil {
			*one.made++
		}
		err := c.endpoint.read(ctx, x, func(body io.Reader) error { return one.parse(body, x.redact) })
		c.observe.report(one.api, one.question, c.endpoint.now().Sub(start), err)
		return err
	})
}
