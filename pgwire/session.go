package pgwire

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
	"millrace/sqlerr"
)

// reported are the settings that the client is told of at the start and whenever they change, with PostgreSQL's spelling
// and what they are where the session has no such setting.
var reported = []struct{ name, value string }{
	{"server_version", "15.0 (millrace)"},
	{"server_encoding", "UTF8"},
	{"client_encoding", "UTF8"},
	{"application_name", ""},
	{"is_superuser", "on"},
	{"session_authorization", ""},
	{"DateStyle", "ISO, MDY"},
	{"IntervalStyle", "postgres"},
	{"TimeZone", "UTC"},
	{"integer_datetimes", "on"},
	{"standard_conforming_strings", "on"},
	{"default_transaction_read_only", "off"},
	{"in_hot_standby", "off"},
}

// harmless are settings that clients send when they connect and that make no difference here.
var harmless = []string{"application_name", "client_encoding", "datestyle", "extra_float_digits", "intervalstyle", "search_path", "client_min_messages", "geqo", "jit", "default_transaction_isolation", "idle_in_transaction_session_timeout", "lock_timeout"}

// settings takes those of the startup message.
func (c *conn) settings(params map[string]string) error {
	c.told = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		switch name {
		case "user", "database", "replication":
		case "options":
			if err := c.options(params[name]); err != nil {
				return err
			}
		default:
			if err := c.set(name, params[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *conn) set(name, value string) error {
	name = strings.ToLower(name)
	switch {
	case name == "client_encoding" && !slices.Contains([]string{"utf8", "utf-8", "unicode"}, strings.ToLower(strings.Trim(value, "'"))):
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "invalid value for parameter \"client_encoding\": %q", value).WithHint("Only UTF8 is spoken: set client_encoding=UTF8.")
	case !engine.IsSetting(name) && slices.Contains(harmless, name):
		if name == "application_name" {
			c.application = value
		}
		return nil
	}
	return c.session.Settings().Set(name, value, 0, 0)
}

// options reads what PGOPTIONS holds: -c name=value, --name=value. A backslash keeps the space behind it.
func (c *conn) options(text string) error {
	var words []string
	var word strings.Builder
	for i, in := 0, false; i <= len(text); i++ {
		switch {
		case i == len(text) || text[i] == ' ' || text[i] == '\t':
			if in {
				words = append(words, word.String())
				word.Reset()
			}
			in = false
		case text[i] == '\\' && i+1 < len(text):
			i++
			fallthrough
		default:
			word.WriteByte(text[i])
			in = true
		}
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-c" && i+1 < len(words):
			i++
			w = words[i]
		case strings.HasPrefix(w, "-c") && len(w) > 2:
			w = w[2:]
		case strings.HasPrefix(w, "--"):
			w = w[2:]
		default:
			return sqlerr.New(sqlerr.SyntaxError, 0, "invalid command-line argument for server process: %s", w).WithHint("Write -c name=value.")
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return sqlerr.New(sqlerr.SyntaxError, 0, "-c %s requires a value", w)
		}
		if err := c.set(strings.ReplaceAll(name, "-", "_"), value); err != nil {
			return err
		}
	}
	return nil
}

// report tells the client the settings that it does not know.
func (c *conn) report() {
	for _, r := range reported {
		value := r.value
		switch r.name {
		case "application_name":
			value = c.application
		case "session_authorization":
			value = c.user
		}
		if old, ok := c.told[r.name]; !ok || old != value {
			c.told[r.name] = value
			c.send(&pgproto3.ParameterStatus{Name: r.name, Value: value})
		}
	}
}

// txStatus is what ReadyForQuery tells of the transaction.
func (c *conn) txStatus() byte { return 'I' }

func (c *conn) inTransaction() bool { return c.txStatus() != 'I' }

func (c *conn) idleTimeout() time.Duration { return c.server.cfg.IdleTimeout }

func (c *conn) statementTimeout() time.Duration { return c.server.cfg.StatementTimeout }
