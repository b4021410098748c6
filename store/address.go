package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// escaping is what to do about a connection string that is not what was meant.
const escaping = "check the escaping: in a URL, write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25 and a space as %20 in user and password; " +
	"in key=value form, put a value with spaces in single quotes; or leave the password to PGPASSWORD or .pgpass"

// parseError is the error for a connection string that pgx cannot parse. pgx repeats
// the string, and hides only what it takes for the password.
func parseError(err error) error {
	var file *fs.PathError
	switch reason := last(err); {
	case reason.Error() == "sslmode is invalid":
		return fmt.Errorf("the URL of PostgreSQL: %w", reason)
	case errors.As(err, &file):
		return fmt.Errorf("the URL of PostgreSQL: a file that it names, as sslrootcert, sslcert or sslkey, cannot be read: %w; or %s", file.Err, escaping)
	default:
		return errors.New("the URL of PostgreSQL cannot be read; " + escaping)
	}
}

// plainParameters are those that a connection string may set without looking
// misread: others may be words of the password.
var plainParameters = []string{"application_name", "search_path", "options", "timezone", "TimeZone", "statement_timeout", "lock_timeout", "client_encoding", "role"}

var (
	// plainName is what a host or a user is that cannot be half a URL.
	plainName = regexp.MustCompile(`^[\p{L}\p{N}._:/-]*$`)
	// stray matches words of the key=value form that belong to no key.
	stray = regexp.MustCompile(`=\s*[^\s'=]+\s+[^\s=]+(\s+[^=]|\s*$)`)
	// keys matches the keys of that form.
	keys = regexp.MustCompile(`(\w+)\s*=`)
)

// oneMeaning reports whether a connection string can be read in one way only. Where a
// password has an unescaped / or @ or space, parts of it are taken for the host, the
// port, the database or a parameter, which no message may name then.
func oneMeaning(text string, c *pgx.ConnConfig) bool {
	for name := range c.RuntimeParams {
		if !slices.Contains(plainParameters, name) {
			return false
		}
	}
	_, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		seen := map[string]bool{}
		for _, m := range keys.FindAllStringSubmatch(text, -1) {
			if seen[m[1]] {
				return false
			}
			seen[m[1]] = true
		}
		return !stray.MatchString(text)
	}
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	return strings.Count(authority, "@") <= 1 && !strings.Contains(rest[len(authority):], "@") &&
		plainName.MatchString(c.Host) && plainName.MatchString(c.User) && !strings.Contains(c.Database, "/")
}

// address says which server and database a connection string was taken for.
func address(text string, c *pgx.ConnConfig) string {
	if !oneMeaning(text, c) {
		return "PostgreSQL (its URL may not mean what it says; " + escaping + ")"
	}
	return fmt.Sprintf("PostgreSQL at %s, database %s, user %s", net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), c.Database, c.User)
}

// unreachable is why there is no connection. Its text is one line, and nothing of
// the connection string that may be a part of the password.
type unreachable struct {
	text  string
	cause error
}

func (e *unreachable) Error() string { return e.text }
func (e *unreachable) Unwrap() error { return e.cause }

// connectError replaces the words of pgx, which names what it took for database and
// user, in a line for each address that it tried.
func (p *postgres) connectError(err error) error {
	if err == nil {
		return nil
	}
	reason, advice := "it cannot be reached", "is it running, and does it listen there?"
	var server *pgconn.PgError
	var op *net.OpError
	var name *net.DNSError
	switch {
	case errors.As(err, &server):
		reason, advice = "it refuses the connection (SQLSTATE "+server.Code+")", connectAdvice(server)
		if oneMeaning(p.o.URL, p.config) {
			reason = "it refuses the connection: " + server.Message + " (SQLSTATE " + server.Code + ")"
		}
	case errors.As(err, &name):
		reason, advice = "its name cannot be resolved", "check the host's name and the resolver"
	case errors.Is(err, context.DeadlineExceeded):
		reason = "it does not answer in time"
	case errors.Is(err, context.Canceled):
		reason, advice = "the connection was given up", ""
	case errors.As(err, &op) && op.Err != nil:
		reason = "it cannot be reached: " + op.Err.Error()
	default:
		if oneMeaning(p.o.URL, p.config) {
			reason = "it cannot be reached: " + strings.Join(strings.Fields(last(err).Error()), " ")
		}
	}
	text := p.address + ": " + reason
	if advice != "" {
		text += "; " + advice
	}
	return &unreachable{text, err}
}

// last is the error at the bottom.
func last(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// connectAdvice says what to do when a server refuses a connection.
func connectAdvice(e *pgconn.PgError) string {
	switch {
	case strings.Contains(e.Message, "startup parameter"):
		return "behind a pooler, set it for the role instead: ALTER ROLE ... SET search_path = ..."
	case strings.HasPrefix(e.Code, "28"):
		return "check user and password, and pg_hba.conf"
	case e.Code == "3D000":
		return "create the database, or correct its name"
	case strings.HasPrefix(e.Code, "53"):
		return "raise max_connections, or use a pooler"
	case strings.HasPrefix(e.Code, "57P"):
		return "it is starting or ending"
	default:
		return "see its log"
	}
}

// clean is the connector of pgx with errors that can be shown.
type clean struct {
	driver.Connector
	p *postgres
}

// Connect implements driver.Connector.
func (c clean) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	return conn, c.p.connectError(err)
}
