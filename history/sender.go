package history

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

// Store has the days, and which of them receivers were sent.
type Store interface {
	// Unsent returns what a receiver is still to be sent of an account, the
	// newest days first.
	Unsent(receiver, account string, now time.Time) ([]store.Sent, error)
	// SetSent records what it was sent; after an error, nothing is recorded.
	SetSent(receiver string, days ...store.Sent) error
	// RetryRefused marks what it refused as not sent.
	RetryRefused(receiver string) error
	// Days returns days from one date to another.
	Days(account, api, from, to string) ([]store.Day, error)
}

// Receiver is where samples are sent to by Remote Write.
type Receiver struct {
	Name      string // in metrics, in the log, and in the store
	URL       string // may carry a credential, so never to be shown
	Families  []string
	Transport http.RoundTripper

	FollowRedirects bool // within the server, as package egress has it
}

// SenderOptions are a Sender's surroundings.
type SenderOptions struct {
	Families     []collector.Family
	Store        Store
	PollsAccount func(account string) bool // whether this replica is to send an account's days; nil: all are
	Metrics      prometheus.Registerer     // nil: nobody looks at them
	Logger       log.Logger
	Now          func() time.Time
}

// Sender sends the days of accounts to receivers: each day when it is final and
// again when it has changed, the newest first. What is still to be sent is in
// the store, so nothing is lost while a receiver is away. Receivers do not wait
// for one another.
type Sender struct {
	SenderOptions
	*senderMetrics
	configured chan struct{} // there are other receivers or accounts

	mu        sync.Mutex
	receivers []Receiver
	accounts  []SentAccount
	running   []*receiver
}

// SentAccount is an account whose days are sent.
type SentAccount struct {
	store.Account
	Limits collector.Limits // of a day and API, the most read first; 0 is no limit
}

// NewSender returns a Sender without receivers.
func NewSender(o SenderOptions) *Sender {
	return &Sender{SenderOptions: o, senderMetrics: newSenderMetrics(o.Metrics), configured: make(chan struct{}, 1)}
}

// Set replaces the receivers and the accounts.
func (s *Sender) Set(receivers []Receiver, accounts []SentAccount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivers, s.accounts = receivers, accounts
	select {
	case s.configured <- struct{}{}:
	default:
	}
}

// Changed makes all receivers check an account for unsent days.
func (s *Sender) Changed(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.running {
		r.look(account)
	}
}

// RetryRefused makes all receivers try again what they refused, for they may have
// been configured since.
func (s *Sender) RetryRefused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.running {
		r.retryRefused()
	}
}

// Run sends until ctx ends.
func (s *Sender) Run(ctx context.Context) {
	for ctx.Err() == nil {
		sending, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		for _, r := range s.start() {
			all.Go(func() { r.run(sending) })
		}
		select {
		case <-ctx.Done():
		case <-s.configured:
		}
		stop()
		all.Wait()
	}
}

// start makes the receivers of the current configuration.
func (s *Sender) start() []*receiver {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.configured: // it is in what follows
	default:
	}
	s.pending.Reset()
	s.running = nil
	for _, r := range s.receivers {
		s.running = append(s.running, newReceiver(s, r, slices.Clone(s.accounts)))
	}
	return s.running
}

// senderMetrics are the metrics of a Sender.
type senderMetrics struct {
	days, samples, retries *prometheus.CounterVec
	pending, success       *prometheus.GaugeVec
}

func newSenderMetrics(r prometheus.Registerer) *senderMetrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return promauto.With(r).NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"receiver"}, labels...))
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return promauto.With(r).NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, append([]string{"receiver"}, labels...))
	}
	return &senderMetrics{
		days:    counter("wx_remote_write_days_total", "API days sent to the receiver, by result: sent, or refused (skipped until the next start).", "result"),
		samples: counter("wx_remote_write_samples_total", "Samples that the receiver accepted."),
		retries: counter("wx_remote_write_retries_total", "Failed requests to the receiver that were retried."),
		pending: gauge("wx_remote_write_pending_days", "API days waiting to be sent to the receiver.", "account"),
		success: gauge("wx_remote_write_last_success_timestamp_seconds", "When the receiver last accepted samples."),
	}
}
