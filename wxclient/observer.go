package wxclient

import (
	"context"
	"errors"
	"time"
)

// observer is told of every finished exchange; nil is nobody.
type observer func(Exchange)

// report reports an exchange. One that its context ended has no code: there was no answer,
// but WeChat may have counted the call.
func (o observer) report(api string, question int, duration time.Duration, err error) {
	if o == nil {
		return
	}
	code := ""
	if e, failed := errors.AsType[*Error](err); failed {
		code = e.Code
	} else if err == nil {
		code = "0"
	}
	o(Exchange{API: api, Question: question, Code: code, Duration: max(duration, 0)})
}

// observed is the key of a context's observer. Sources of tokens are made before the
// Client that asks them, and one may ask another, so it travels with the fetch.
type observed struct{}

func (o observer) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, observed{}, o)
}

// observerOf returns who is told of the exchanges that are made with ctx.
func observerOf(ctx context.Context) observer {
	o, _ := ctx.Value(observed{}).(observer)
	return o
}
