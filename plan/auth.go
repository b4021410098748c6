package plan

import (
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// AuthFailure is that WeChat refuses the account's credentials. Meanwhile a single
// request tries them, of another API each time to spare the quotas. The zero value
// is that they are accepted.
type AuthFailure struct {
	Err     *wxclient.Error `json:"err,omitempty"`
	Began   time.Time       `json:"began,omitzero"` // since when Err's code
	RetryAt time.Time       `json:"retry_at,omitzero"`

	Turn int `json:"-"` // which API is next
}

// ClockSetBack is the failure without the decisions of a clock that was ahead.
func (f AuthFailure) ClockSetBack(now time.Time) AuthFailure {
	if f.Began.After(now) {
		return AuthFailure{Turn: f.Turn}
	}
	f.RetryAt = time.Time{}
	return f
}

// After is the failure after a request that ended with err; nil is success. Another
// error of WeChat means that the credentials were accepted. retryAt is when the API
// is tried again.
func (f AuthFailure) After(err *wxclient.Error, now, retryAt time.Time) AuthFailure {
	switch {
	case err == nil:
		f.Err = nil
	case err.Action == wxclient.Credentials:
		if f.Err == nil || f.Err.Code != err.Code {
			f.Began = now
		}
		f.Err, f.RetryAt = err, retryAt
	case f.Err != nil && (err.Action == wxclient.Retry || err.Action == wxclient.Invalid || err.API == wxclient.TokenAPI):
		// WeChat was not reached, or did not get that far, or something else answered.
		if f.RetryAt = now.Add(CredentialPause); retryAt.After(f.RetryAt) {
			f.RetryAt = retryAt
		}
	default:
		f.Err = nil
	}
	return f
}
