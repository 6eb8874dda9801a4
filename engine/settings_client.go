package engine

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/catalog"
	"millrace/sqlerr"
)

// ServerVersion is the PostgreSQL whose clients millrace serves.
const (
	ServerVersion    = "15.0 (millrace)"
	serverVersionNum = "150000"
	// Database is the one that there is.
	Database = catalog.Database
)

// clientSettings are those that PostgreSQL's clients set and ask for. Few of them change anything here: what has another
// meaning than in PostgreSQL is refused, and what has none is accepted.
var clientSettings = []setting{
	// what is told to a client when it connects, and when it changes
	taken("application_name", "", "What the client calls itself; it is in the log.", applicationName).reported(),
	taken("client_encoding", "UTF8", "How text is encoded between client and server. Only 'UTF8'.", encoding).reported(),
	taken("datestyle", "ISO, MDY", "How dates are written. Only 'ISO'.", dateStyle).called("DateStyle").reported(),
	taken("default_transaction_read_only", "off", "Whether a transaction that does not say it is read only.", boolean).reported(),
	fixed("in_hot_standby", "off", "Whether the server only follows another.").reported(),
	fixed("integer_datetimes", "on", "Times are whole microseconds.").reported(),
	taken("intervalstyle", "postgres", "How intervals are written. Only 'postgres'.", oneOf("postgres")).called("IntervalStyle").reported(),
	fixed("is_superuser", "off", "Whether the user may do what others may not.").reported(),
	fixed("server_encoding", "UTF8", "How text is kept.").reported(),
	fixed("server_version", ServerVersion, "The version of PostgreSQL that clients may take this for.").reported(),
	{name: "session_authorization", doc: "The user of the session.", label: "session_authorization", report: true, get: func(s *Settings) string { return s.user },
		set: func(s *Settings, v string) error {
			if v != s.user {
				return fmt.Errorf("is not the user who has logged in; connect as that user")
			}
			return nil
		}},
	taken("standard_conforming_strings", "on", "A backslash in '…' stands for itself. Only 'on'.", only("on")).reported(),
	// what has an effect
	taken("default_transaction_isolation", "read committed", "The isolation of a transaction that does not say it. Each statement sees what was there when it began, and is committed by itself.", isolation).noting(isolationNote),
	{name: "transaction_isolation", doc: "The isolation of this transaction: always 'read committed', as each statement sees what was there when it began.", label: "transaction_isolation",
		get: func(*Settings) string { return "read committed" }, set: func(_ *Settings, v string) error { _, err := isolation(v); return err }, note: isolationNote},
	{name: "transaction_read_only", doc: "Whether this transaction may only read: a statement that writes fails with 25006.", label: "transaction_read_only",
		get: func(s *Settings) string { return onOff(s.readOnly()) },
		set: func(s *Settings, v string) error { return s.keepChecked("transaction_read_only", v, boolean) }},

	// what is as it is
	fixed("block_size", "8192", "The size of PostgreSQL's pages."),
	fixed("lc_collate", "C", "Texts are ordered by their bytes."),
	fixed("lc_ctype", "C.UTF-8", "Letters are those of Unicode."),
	fixed("max_identifier_length", "63", "How many bytes of a name PostgreSQL keeps."),
	fixed("max_index_keys", "32", "How many columns an index of PostgreSQL has at most."),
	fixed("server_version_num", serverVersionNum, "server_version as a number."),
	taken("bytea_output", "hex", "How BYTEA is written. Only 'hex'.", oneOf("hex")),
	taken("search_path", `"$user", public`, "Where names without a schema are looked for: public, and pg_catalog before it. Other schemas than these, information_schema and millrace are refused.", searchPath),
	taken("extra_float_digits", "1", "Numbers are written with as many digits as it takes to read them back: 1 to 3.", floatDigits),
	taken("lc_messages", "C", "The language of messages. Only 'C', by its names.", locale),
	taken("lc_monetary", "C", "How money is written. Only 'C', by its names.", locale),
	taken("lc_numeric", "C", "How to_char writes numbers. Only 'C', by its names.", locale),
	taken("lc_time", "C", "How to_char writes names of days. Only 'C', by its names.", locale),
	taken("role", "none", "The role of the session. Only 'none'.", oneOf("none")),
	taken("escape_string_warning", "on", noEffect, boolean),
	taken("transform_null_equals", "off", "x = NULL is NULL. Only 'off'.", only("off")),
	taken("array_nulls", "on", "NULL in the text of an array is a NULL. Only 'on'.", only("on")),
	taken("row_security", "on", noEffect, boolean),

	// what is accepted, as there is nothing here that it could change
	taken("check_function_bodies", "on", noEffect, boolean),
	taken("client_min_messages", "notice", noEffect, oneOf("debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "notice", "warning", "error")),
	taken("constraint_exclusion", "partition", noEffect, anything),
	taken("cursor_tuple_fraction", "0.1", noEffect, anything),
	taken("default_table_access_method", "heap", noEffect, anything),
	taken("default_tablespace", "", noEffect, anything),
	taken("default_transaction_deferrable", "off", noEffect, boolean),
	taken("transaction_deferrable", "off", noEffect, boolean),
	taken("enable_hashjoin", "on", noEffect, boolean),
	taken("enable_indexscan", "on", noEffect, boolean),
	taken("enable_mergejoin", "on", noEffect, boolean),
	taken("enable_nestloop", "on", noEffect, boolean),
	taken("enable_seqscan", "on", noEffect, boolean),
	taken("geqo", "on", noEffect, boolean),
	taken("idle_in_transaction_session_timeout", "0", "Accepted, without effect: a transaction that waits holds nothing.", duration),
	taken("idle_session_timeout", "0", "After how long without a statement a client is told to go.", duration),
	taken("jit", "off", noEffect, boolean),
	taken("lock_timeout", "0", noEffect, duration),
	taken("maintenance_work_mem", "64MB", noEffect, anything),
	taken("max_parallel_workers_per_gather", "2", "Accepted, without effect; see parallelism.", anything),
	taken("plan_cache_mode", "auto", noEffect, anything),
	taken("quote_all_identifiers", "off", noEffect, boolean),
	taken("synchronous_commit", "on", "Accepted, without effect: what is committed is on disk.", anything),
	taken("work_mem", "4MB", "Accepted, without effect; see memory_limit.", anything),
	taken("xmloption", "content", noEffect, anything),
}

const (
	noEffect      = "Accepted, without effect."
	isolationNote = "each statement sees what was there when it began and is committed by itself: the isolation is read committed"
)

// taken is a setting whose value is a text that check has found right, and has put into its usual form.
func taken(name, def, doc string, check func(string) (string, error)) setting {
	return setting{
		name: name, doc: doc, label: name,
		get: func(s *Settings) string {
			if v, ok := s.client[name]; ok {
				return v
			}
			return def
		},
		set: func(s *Settings, v string) error { return s.keepChecked(name, v, check) },
	}
}

// fixed is a setting that is as it is.
func fixed(name, value, doc string) setting {
	return setting{name: name, doc: doc, label: name, get: func(*Settings) string { return value }}
}

// called gives a setting the spelling that PostgreSQL shows.
func (x setting) called(label string) setting { x.label = label; return x }

// reported has a client told of a setting when it connects.
func (x setting) reported() setting { x.report = true; return x }

// noting has the user told something when a value is set that is not the default.
func (x setting) noting(note string) setting { x.note = note; return x }

// keep remembers a value. The map is not changed, so that a copy of the settings stays what it is.
func (s *Settings) keep(name, value string) {
	next := maps.Clone(s.client)
	if next == nil {
		next = map[string]string{}
	}
	next[name] = value
	s.client = next
}

func (s *Settings) keepChecked(name, v string, check func(string) (string, error)) error {
	v, err := check(v)
	if err == nil {
		s.keep(name, v)
	}
	return err
}

// readOnly reports whether a transaction, or a statement outside of one, may only read.
func (s *Settings) readOnly() bool {
	v, ok := s.client["transaction_read_only"]
	if !ok {
		v = s.client["default_transaction_read_only"]
	}
	return v == "on"
}

// timeout is how long a statement may take; 0: as long as it likes.
func (s *Settings) timeout() time.Duration {
	d, _ := parseMillis(s.client["statement_timeout"])
	return d
}

// IdleTimeout is how long a client may be without a statement; 0: as long as it likes.
func (s *Settings) IdleTimeout() time.Duration {
	d, _ := parseMillis(s.client["idle_session_timeout"])
	return d
}

// Report lists the settings that a client is told of when it connects, and again when one of them has changed.
func (s *Settings) Report() [][2]string {
	var out [][2]string
	for _, x := range settings {
		if x.report {
			out = append(out, [2]string{x.label, x.get(s)})
		}
	}
	return out
}

// Connect sets what a client asks for when it connects. What it sends without anybody having asked for it, such as the time
// zone of its machine, is no reason to refuse it: where millrace has only its own value it keeps that, of which the client is
// told, and gives the reason as a notice.
func (s *Settings) Connect(name, value string) (notice string, err error) {
	name = strings.ToLower(name)
	if name == "timezone" && !isUTC(value) {
		return fmt.Sprintf("the time zone of the session is UTC, not %q", value), nil
	}
	return "", s.Set(name, value, 0, 0)
}

// isUTC reports whether a zone is UTC by another name.
func isUTC(zone string) bool {
	switch strings.ToUpper(strings.TrimPrefix(strings.TrimSpace(zone), "Etc/")) {
	case "UTC", "GMT", "UCT", "ZULU", "UNIVERSAL", "GREENWICH", "Z", "0", "+0", "-0", "+00", "-00", "+00:00", "-00:00", "GMT0", "GMT+0", "GMT-0", "UTC0", "DEFAULT":
		return true
	}
	return false
}

func anything(v string) (string, error) { return v, nil }

func applicationName(v string) (string, error) {
	v = strings.Map(func(r rune) rune {
		if r < 32 || r > 126 {
			return '?'
		}
		return r
	}, v)
	return v[:min(len(v), 63)], nil
}

// encoding takes the names that PostgreSQL takes for UTF8, where letters and digits alone count: asyncpg says "'utf-8'".
func encoding(v string) (string, error) {
	name := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToUpper(v))
	switch name {
	case "UTF8", "UNICODE":
		return "UTF8", nil
	}
	return "", fmt.Errorf("is not UTF8, the only encoding")
}

// oneOf takes one of a list, in lower case.
func oneOf(values ...string) func(string) (string, error) {
	return func(v string) (string, error) {
		v = strings.ToLower(v)
		return v, catalog.OneOf(values...)(v)
	}
}

// only takes a Boolean that has to be as it is.
func only(value string) func(string) (string, error) {
	return func(v string) (string, error) {
		v, err := boolean(v)
		if err == nil && v != value {
			err = fmt.Errorf("is not '%s', the only value", value)
		}
		return v, err
	}
}

// boolean reads a Boolean as PostgreSQL does: by any beginning of true, false, yes, no, on and off that is clear.
func boolean(v string) (string, error) {
	v = strings.ToLower(strings.TrimSpace(v))
	switch {
	case v == "1" || v == "on" || v != "" && (strings.HasPrefix("true", v) || strings.HasPrefix("yes", v)):
		return "on", nil
	case v == "0" || v == "of" || v == "off" || v != "" && (strings.HasPrefix("false", v) || strings.HasPrefix("no", v)):
		return "off", nil
	}
	return "", fmt.Errorf("is not 'on' or 'off'")
}

func dateStyle(v string) (string, error) {
	for _, part := range strings.Split(strings.ToUpper(v), ",") {
		switch strings.TrimSpace(part) {
		case "ISO", "MDY", "US", "NONEURO", "NONEUROPEAN", "DEFAULT":
		default:
			return "", fmt.Errorf("is not 'ISO, MDY', the only style of dates")
		}
	}
	return "ISO, MDY", nil
}

func isolation(v string) (string, error) {
	v = strings.ToLower(strings.Join(strings.Fields(v), " "))
	return v, catalog.OneOf("read uncommitted", "read committed", "repeatable read", "serializable")(v)
}

func locale(v string) (string, error) {
	name, _, _ := strings.Cut(strings.ToUpper(v), ".")
	if name != "C" && name != "POSIX" && name != "" && name != "EN_US" {
		return "", fmt.Errorf("is not 'C', the only locale")
	}
	return v, nil
}

func floatDigits(v string) (string, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 3 {
		return "", fmt.Errorf("is not a number from 1 to 3; round a number in the query for fewer digits")
	}
	return strconv.Itoa(n), nil
}

// searchPath takes the schemas that there are.
func searchPath(v string) (string, error) {
	for _, part := range strings.Split(v, ",") {
		switch strings.Trim(strings.TrimSpace(part), `"`) {
		case "", "$user", "public", "pg_catalog", "information_schema", "millrace", "pg_temp":
		default:
			return "", fmt.Errorf("has a schema that is not looked in; write that schema in front of the table: schema.table")
		}
	}
	return v, nil
}

// millis are PostgreSQL's units of time.
var millis = []struct {
	suffix string
	size   time.Duration
}{{"us", time.Microsecond}, {"ms", time.Millisecond}, {"min", time.Minute}, {"s", time.Second}, {"h", time.Hour}, {"d", 24 * time.Hour}, {"", time.Millisecond}}

// parseMillis reads a duration as PostgreSQL's timeouts are written: a number of milliseconds, or one with its unit.
func parseMillis(v string) (time.Duration, error) {
	if v == "" {
		return 0, nil
	}
	for _, u := range millis {
		if num, ok := strings.CutSuffix(strings.TrimSpace(v), u.suffix); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
			if err != nil || !(n >= 0) || n*float64(u.size) > float64(24*24*time.Hour) {
				break
			}
			return time.Duration(n * float64(u.size)), nil
		}
	}
	return 0, fmt.Errorf("is not a duration such as '5s', '100ms', '2min', or a number of milliseconds")
}

func duration(v string) (string, error) {
	d, err := parseMillis(v)
	if err != nil {
		return "", err
	}
	if d == 0 {
		return "0", nil
	}
	for _, u := range slices.Backward(millis[:len(millis)-1]) { // the largest unit that is whole
		if u.suffix == "us" || u.suffix == "min" {
			continue
		}
		if d%u.size == 0 && !(u.suffix == "s" && d%time.Minute == 0) {
			return strconv.FormatInt(int64(d/u.size), 10) + u.suffix, nil
		}
		if u.suffix == "h" && d%time.Minute == 0 {
			return strconv.FormatInt(int64(d/time.Minute), 10) + "min", nil
		}
	}
	return strconv.FormatInt(int64(d/time.Microsecond), 10) + "us", nil
}

// custom reports whether a name can be a setting that only its client knows: one with a dot, whose first part is not that
// of settings of millrace.
func custom(name string) bool {
	class, rest, ok := strings.Cut(name, ".")
	return ok && class != "" && rest != "" && !slices.ContainsFunc(settings, func(x setting) bool { return strings.HasPrefix(x.name, class+".") })
}

// cantChange is the error of SET of what is as it is.
func cantChange(x setting, at sqlerr.Pos) error {
	return sqlerr.New("55P02", at, "parameter %q cannot be changed", x.name)
}
