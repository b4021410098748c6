package wxclient

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// The values of Error.API that are no data API.
const (
	TokenAPI = "token"
	QuotaAPI = "quota"
)

// The values of Error.Code that are neither an errcode nor http_NNN.
const (
	codeTimeout = "timeout"
	codeNetwork = "network"
	codeInvalid = "invalid"
)

// Action is what a caller does about an Error.
type Action int

// The actions, and when to try again.
const (
	Retry       Action = iota // busy or unreachable: again after a short pause
	Backoff                   // called too often: again after minutes
	Tomorrow                  // the daily quota is spent: again at the next Beijing midnight
	Offline                   // the API is switched off for the account, which is no failure: again after a week
	Denied                    // not certified, not granted or banned: again after a day
	Credentials               // app id, secret, token or allow-list: again every ten minutes, secret files read anew
	Rejected                  // the request itself was wrong, a bug: never again unchanged
	NotReady                  // WeChat has not computed the figures: later the same day
	Invalid                   // an answer that the API does not document: back off
	Absent                    // the account has nothing of the kind, which is no failure: again after a week
	Capped                    // the rest of the answer would take more than How.MaxCalls, which is no failure: as Tomorrow
)

// Error is a failed exchange. It never holds a URL, a token or a secret, and
// for that reason wraps nothing.
type Error struct {
	API     string // such as getusersummary; token for what has to do with tokens, quota for Client.Quota
	Code    string // the errcode as text, http_502 and the like, timeout, network or invalid
	Message string // WeChat's errmsg, cleaned, or what went wrong
	Action  Action // what a caller does about it
	Advice  string // what a person does about it, one sentence; empty when there is nothing to do
}

// TooEarly reports whether WeChat says that it has nothing of days so early.
func (e *Error) TooEarly() bool {
	return slices.Contains([]string{strconv.Itoa(codeEarly), strconv.Itoa(codeArguments), strconv.Itoa(retParameters)}, e.Code)
}

// Error returns API, code and message in one line.
func (e *Error) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%s: %s", e.API, e.Code)
	}
	return fmt.Sprintf("%s: %s: %s", e.API, e.Code, e.Message)
}

// rejectedTwice adds to the error of a rejected token that a new one did not help.
func (e *Error) rejectedTwice(same bool) *Error {
	twice := *e
	if same {
		twice.Message += "; fetching the token again returned the same one"
	} else {
		twice.Message += "; a new token was rejected too"
	}
	return &twice
}

// rejectsToken reports whether WeChat rejected the token of a request.
func rejectsToken(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.API != TokenAPI && tokenRejected[e.Code]
}

// invalid describes an answer that the API does not document.
func invalid(api, message string) *Error {
	return &Error{API: api, Code: codeInvalid, Message: message, Action: Invalid,
		Advice: "See whether a proxy or a gateway answers in place of the server."}
}

// misconfigured describes a file or value that a person has to correct.
func misconfigured(message, advice string) *Error {
	return &Error{API: TokenAPI, Code: codeInvalid, Message: message, Action: Credentials, Advice: advice}
}

// classify turns an errcode other than 0 into an Error by the table of codes. An
// unknown code has the action Invalid.
func classify(api string, code int64, errmsg string, redact redactor) *Error {
	r, known := codes[code]
	if own, ok := tokenCodes[code]; ok && api == TokenAPI {
		r, known = own, true
	}
	return r.err(known, api, code, errmsg, redact)
}

// classifyRet is classify for a base_resp.ret, some of which are numbers of its own.
func classifyRet(api string, ret int64, errmsg string, redact redactor) *Error {
	r, known := retCodes[ret]
	if !known {
		return classify(api, ret, errmsg, redact)
	}
	return r.err(true, api, ret, errmsg, redact)
}

// err returns the error that the rule is about, or one of a code without a rule.
func (r rule) err(known bool, api string, code int64, errmsg string, redact redactor) *Error {
	if !known {
		r = rule{Invalid, "Look the code up in WeChat's list of global return codes; this version does not know it."}
	}
	message := redact.clean(errmsg)
	return &Error{
		API:     api,
		Code:    strconv.FormatInt(code, 10),
		Message: message,
		Action:  r.action,
		Advice:  adviseAddress(r.advice, message),
	}
}
