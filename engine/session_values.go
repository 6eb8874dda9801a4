package engine

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"

	"millrace/sqlerr"
)

// Client is who a session is for.
type Client struct {
	User   string         // empty: millrace
	Remote netip.AddrPort // where the client has connected from; the zero value: not over a network
	Local  netip.AddrPort // where to
	PID    int32          // the number that the session goes by; 0: the engine gives one
	// Stop cancels the statement that the session runs, or ends the session; nil: it can't be asked to. Any goroutine calls it.
	Stop func(end bool)
}

// sessionValues answers what a statement asks of its session. Where dry is true, as for EXPLAIN, nothing is set.
type sessionValues struct {
	*Session
	dry bool
}

// Value is that of a function without arguments.
func (s sessionValues) Value(function string) (any, bool) {
	address := func(a netip.AddrPort, port bool) (any, bool) {
		switch {
		case !a.IsValid():
			return nil, true
		case port:
			return int64(a.Port()), true
		}
		return a.Addr().Unmap().String(), true
	}
	switch function {
	case "current_user", "session_user", "user", "current_role":
		return s.settings.user, true
	case "current_database", "current_catalog":
		return Database, true
	case "current_schema":
		return "public", true
	case "version":
		return fmt.Sprintf("PostgreSQL %s on %s-%s, compiled by %s, 64-bit", ServerVersion, runtime.GOARCH, runtime.GOOS, runtime.Version()), true
	case "pg_backend_pid":
		return int64(s.client.PID), true
	case "inet_client_addr":
		return address(s.client.Remote, false)
	case "inet_client_port":
		return address(s.client.Remote, true)
	case "inet_server_addr":
		return address(s.client.Local, false)
	case "inet_server_port":
		return address(s.client.Local, true)
	}
	return nil, false
}

// Setting is the value of a setting.
func (s sessionValues) Setting(name string) (string, bool) {
	return s.settings.Get(strings.ToLower(name))
}

// SetSetting sets one, and gives its new value.
func (s sessionValues) SetSetting(name, value string, local bool, pos sqlerr.Pos) (string, error) {
	if s.dry {
		return value, nil
	}
	if err := s.setSetting(name, value, local, pos, pos); err != nil {
		return "", err
	}
	value, _ = s.settings.Get(strings.ToLower(name))
	return value, nil
}
