//go:build !linux

package pgtest

import (
	"errors"
	"syscall"
	"testing"
)

// Server is a PostgreSQL server, on Linux.
type Server struct{}

// Start skips the test.
func Start(tb testing.TB, _ ...string) *Server {
	missing(tb, "PostgreSQL", errors.New("it is started on Linux only"))
	return nil
}

// Run does nothing.
func (*Server) Run(testing.TB) {}

// Stop does nothing.
func (*Server) Stop(testing.TB, syscall.Signal) {}

// Database returns nothing.
func (*Server) Database(testing.TB) string { return "" }

// Exec does nothing.
func (*Server) Exec(testing.TB, string, string) {}

// Data returns nothing.
func (*Server) Data() string { return "" }

// Pooler returns nothing.
func (*Server) Pooler(testing.TB, string) string { return "" }
