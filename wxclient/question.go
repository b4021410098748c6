package wxclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
)

// How says how an API is asked, and where an answer has the rows. The zero value is POST
// /datacube/NAME with begin_date and end_date in the body, and one answer with a list.
type How struct {
	Path      string       // empty: /datacube/ and the API's name
	Query     bool         // GET, with the parameters in the query; else POST, with them in the body
	Questions []Parameters // each is asked for itself; none: one with begin_date and end_date
	PageSize  int          // rows of a page; 0: all rows come at once
	Rows      string       // where they are, such as data.list, also through JSON that is a text; "." is the answer itself; empty: list
	MaxCalls  int          // of each question, retries included; 0: any number
}

// Parameters are what a question has beside the token.
type Parameters map[string]any

// Between are the parameters that say the first and the last day, under the names that
// an API has for them; "" is what most call them.
func Between(from, to string, first, last any) Parameters {
	return Parameters{cmp.Or(from, "begin_date"): first, cmp.Or(to, "end_date"): last}
}

const maxPages = 50 // of a question

// CallsPerPage is how many calls a page of an answer, most often all of it, may take: all
// attempts, and once more with another token.
const CallsPerPage = 2 * maxAttempts

// Fetch makes a Request. The error is an *Error, or it wraps the error of ctx. Of several
// questions all have to be answered, but not all need rows.
func (c *Client) Fetch(ctx context.Context, r Request) (all Answer, err error) {
	questions := r.How.Questions
	if questions == nil {
		questions = []Parameters{Between("", "", r.Begin.String(), r.End.String())}
	}
	if len(questions) == 1 {
		return c.ask(ctx, r, 0, questions[0])
	}
	var notReady error
	for i, q := range questions {
		one, err := c.ask(ctx, r, i, q)
		if e, ok := errors.AsType[*Error](err); ok && e.Action == NotReady {
			notReady, err = err, nil
		}
		if err != nil {
			return Answer{}, err
		}
		all.Rows = append(all.Rows, one.Rows...)
		all.Delayed = all.Delayed || one.Delayed || len(one.Rows) == 0
	}
	if len(all.Rows) == 0 {
		return all, notReady
	}
	return all, nil
}

// ask asks a question of a request, page by page.
func (c *Client) ask(ctx context.Context, r Request, question int, p Parameters) (all Answer, err error) {
	made := 0
	if r.How.PageSize == 0 {
		return c.page(ctx, r, question, p, &made)
	}
	for page := 1; ; page++ {
		p = maps.Clone(p)
		p["page"], p["page_size"] = page, r.How.PageSize
		one, err := c.page(ctx, r, question, p, &made)
		if err != nil {
			return Answer{}, err
		}
		all.Rows, all.Delayed, all.total = append(all.Rows, one.Rows...), all.Delayed || one.Delayed, max(all.total, one.total)
		switch {
		case page > 1 && len(one.Rows) == 0:
			return Answer{}, invalid(r.API, fmt.Sprintf("page %d has no rows, but total_num says that there are more", page))
		case int64(page)*int64(r.How.PageSize) >= all.total:
			return all, nil
		case len(all.Rows) > maxRows:
			return Answer{}, invalid(r.API, errMaxRows.Error())
		case page == maxPages:
			return Answer{}, invalid(r.API, fmt.Sprintf("the answer has more than %d pages", maxPages))
		case r.How.MaxCalls > 0 && made+CallsPerPage > r.How.MaxCalls:
			return Answer{}, &Error{API: r.API, Code: codeInvalid, Message: "the answer has more pages than calls are left today", Action: Capped}
		}
	}
}

// page makes one call of a question.
func (c *Client) page(ctx context.Context, r Request, question int, p Parameters, made *int) (answer Answer, err error) {
	one := call{
		api: r.API, path: cmp.Or(r.How.Path, "/datacube/"+url.PathEscape(r.API)), background: r.Background, question: question, made: made,
		parse: func(body io.Reader, redact redactor) (err error) {
			answer, err = readAnswer(r.API, r.How.Rows, body, redact)
			return err
		},
	}
	if r.How.Query {
		one.query = url.Values{}
		for name, v := range p {
			one.query.Set(name, fmt.Sprint(v))
		}
	} else {
		one.body = p
	}
	err = c.call(ctx, one)
	return answer, err
}
