package wxclient

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// asked answers what a function makes of the query and the body of each call, and keeps them.
type asked struct {
	answer func(page, kind int) string
	calls  []string
}

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	query.Del("access_token")
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	a.calls = append(a.calls, r.Method+" "+r.URL.Path+" "+query.Encode()+string(body))
	page, _ := strconv.Atoi(query.Get("page"))
	kind, _ := strconv.Atoi(strings.Trim(string(body), `{}"kind:`))
	return &http.Response{StatusCode: http.StatusOK, Request: r, Body: io.NopCloser(strings.NewReader(a.answer(page, kind)))}, nil
}

// TestHow: where answers have their rows and their errors, and what several questions and
// pages come to.
func TestHow(t *testing.T) {
	one := func(text string) func(int, int) string { return func(int, int) string { return text } }
	paged := How{Path: "/publisher/stat", Query: true, PageSize: 2, Questions: []Parameters{{"action": "a"}}}
	three := How{Questions: []Parameters{{"kind": 1}, {"kind": 2}, {"kind": 3}}}
	total := func(n int) func(int, int) string {
		return func(page, _ int) string {
			return fmt.Sprintf(`{"base_resp":{"ret":0},"total_num":%d,"list":[%d,-%d]}`, n, page, page)
		}
	}
	const ret, none = `{"base_resp":{"ret":%s,"err_msg":"why"}}`, ""
	for _, c := range []struct {
		name   string
		how    How
		answer func(page, kind int) string
		rows   string // or code, action and message of an error
		calls  int
	}{
		{"another list", How{Rows: "settlement_list"}, one(`{"list":[1],"settlement_list":[2]}`), "[2] false", 1},
		{"a list in an object", How{Rows: "data.list"}, one(`{"data":{"list":[1,2],"n":3}}`), "[1,2] false", 1},
		{"in a text", How{Rows: "data.list"}, one(`{"data":"{\"list\":[1,\"\\u4e00\"]}"}`), `[1,"\u4e00"] false`, 1},
		{"in an empty text", How{Rows: "data.list"}, one(`{"data":"","errcode":0}`), "null false", 1},
		{"in none", How{Rows: "data.list"}, one(`{"other":1}`), "null false", 1},
		{"in an empty list, as PHP writes it", How{Rows: "data.list"}, one(`{"data":[]}`), "null false", 1},
		{"in a text without JSON", How{Rows: "data.list"}, one(`{"data":"soon"}`), "invalid 8 a text of the answer does not hold JSON", 1},
		{"in a number", How{Rows: "data.list"}, one(`{"data":7}`), "invalid 8 list is not an array", 1},
		{"cut off in a text", How{Rows: "data.list"}, one(`{"data":"{\"list\":[1,"}`), "invalid 8 a text of the answer does not hold JSON", 1},
		{"the answer itself", How{Rows: "."}, one(`{"errcode":0,"errmsg":"ok","base_resp":{"ret":0},"total_num":0,"a":[1],"b":{"c":null}}`), `[{"a":[1],"b":{"c":null}}] false`, 1},
		{"an answer without anything", How{Rows: "."}, one(`{"errcode":0}`), "null false", 1},
		{"an error beside it", How{Rows: "."}, one(`{"errcode":61503,"errmsg":"not ready","a":[1]}`), "61503 7 not ready", 1},

		{"no publisher", paged, one(fmt.Sprintf(ret, "2009")), "2009 9 why", 1},
		{"wrong parameters", paged, one(fmt.Sprintf(ret, `"1701"`)), "1701 6 why", 1},
		{"too often", paged, one(fmt.Sprintf(ret, "45009")), "45009 2 why", 1},
		{"too often in a minute", paged, one(fmt.Sprintf(ret, "45010")), "45010 1 why", 1},
		{"a code of another kind", paged, one(`{"errcode":48001,"errmsg":"api unauthorized"}`), "48001 4 api unauthorized", 1},
		{"base_resp is a list", paged, one(`{"base_resp":[1]}`), "invalid 8 base_resp is not an object", 1},
		{"ret is an object", paged, one(fmt.Sprintf(ret, "{}")), "invalid 8 base_resp.ret is not an integer", 1},
		{"2009 as an errcode is another one", How{}, one(`{"errcode":2009}`), "2009 8 ", 1},

		{"no page", paged, one(`{"base_resp":{"ret":0},"total_num":0,"list":[]}`), "null false", 1},
		{"a page that is full", paged, total(2), "[1,-1] false", 1},
		{"three pages", paged, total(5), "[1,-1,2,-2,3,-3] false", 3},
		{"a page too few", paged, func(page, _ int) string {
			return []string{none, `{"total_num":3,"list":[1,2]}`, `{"total_num":3}`}[page]
		}, "invalid 8 page 2 has no rows, but total_num says that there are more", 2},
		{"pages without end", paged, total(1 << 40), "invalid 8 the answer has more than 50 pages", 50},
		{"more pages than calls", How{Path: "/publisher/stat", Query: true, PageSize: 2, MaxCalls: 10, Questions: paged.Questions}, total(99), "invalid 10 the answer has more pages than calls are left today", 5},
		{"a total that is none", paged, one(`{"total_num":{},"list":[]}`), "invalid 8 total_num is not an integer", 1},

		{"three questions", three, func(_, kind int) string { return fmt.Sprintf(`{"list":[%d]}`, kind) }, "[1,2,3] false", 3},
		{"one without rows", three, func(_, kind int) string { return []string{none, `{"list":[1]}`, `{"list":[]}`, `{"list":[3]}`}[kind] }, "[1,3] true", 3},
		{"one that is not ready", three, func(_, kind int) string {
			return []string{none, `{"list":[1]}`, `{"errcode":61503}`, `{"list":[3]}`}[kind]
		}, "[1,3] true", 3},
		{"none is ready", three, one(`{"errcode":61503}`), "61503 7 ", 3},
		{"one that fails", three, func(_, kind int) string {
			return []string{none, `{"list":[1]}`, `{"errcode":45011}`, `{"list":[3]}`}[kind]
		}, "45011 1 ", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := &asked{answer: c.answer}
			client := New(Options{URL: "https://wechat.test", Transport: server, Tokens: fixed(testToken)})
			answer, err := client.Fetch(t.Context(), Request{API: "any", How: c.how})
			got := fmt.Sprint(rows(answer), " ", answer.Delayed)
			if e, ok := err.(*Error); ok {
				got = fmt.Sprint(e.Code, " ", int(e.Action), " ", e.Message)
			}
			if got != c.rows || len(server.calls) != c.calls {
				t.Errorf("%s in %d calls, want %s in %d", got, len(server.calls), c.rows, c.calls)
			}
		})
	}
}
