package system

import (
	"slices"
	"strings"
	"time"

	"millrace/catalog"
)

// role is a user, or the one that everything belongs to.
type role struct {
	oid   uint32
	name  string
	login bool
}

// findRoles lists the owner and the users. All users have the same rights.
func (s *Snapshot) findRoles() []role {
	var names []string
	if s.facts.Users != nil {
		names = slices.Clone(s.facts.Users())
	}
	if u := s.facts.User; u != "" && !slices.Contains(names, u) { // a session of a process that asks for no password
		names = append(names, u)
	}
	slices.Sort(names)
	owner := role{ownerOID, catalog.Owner, slices.Contains(names, catalog.Owner)}
	out := make([]role, 0, len(names)+1)
	for _, n := range names {
		if n != catalog.Owner {
			out = append(out, role{name: n, login: true})
		}
	}
	all := append([]role{owner}, out...)
	indexes := make([]int, len(out))
	for i := range indexes {
		indexes[i] = i + 1
	}
	number(indexes, func(i int) string { return "role " + all[i].name }, func(i int, oid uint32) { all[i].oid = oid })
	return all
}

func (s *Snapshot) roles() []role { return s.users() }

var roleColumns = map[string]func(role) any{
	"oid":            func(r role) any { return r.oid },
	"rolname":        func(r role) any { return r.name },
	"rolsuper":       func(role) any { return true },
	"rolinherit":     func(role) any { return true },
	"rolcreaterole":  func(role) any { return true },
	"rolcreatedb":    func(role) any { return false },
	"rolcanlogin":    func(r role) any { return r.login },
	"rolreplication": func(role) any { return false },
	"rolconnlimit":   func(role) any { return -1 },
	"rolbypassrls":   func(role) any { return true },
}

// masked stands for a password, as in PostgreSQL.
const masked = "********"

var (
	authRows = of((*Snapshot).roles, roleColumns) // rolpassword is NULL
	roleRows = of((*Snapshot).roles, with(roleColumns, map[string]func(role) any{"rolpassword": func(role) any { return masked }}))
)

func with[T any](base, more map[string]func(T) any) map[string]func(T) any {
	out := map[string]func(T) any{}
	for _, m := range []map[string]func(T) any{base, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

var shadowRows = of(func(s *Snapshot) []role {
	return slices.DeleteFunc(slices.Clone(s.roles()), func(r role) bool { return !r.login })
}, map[string]func(role) any{
	"usename":      func(r role) any { return r.name },
	"usesysid":     func(r role) any { return r.oid },
	"usecreatedb":  func(role) any { return false },
	"usesuper":     func(role) any { return true },
	"userepl":      func(role) any { return false },
	"usebypassrls": func(role) any { return true },
	"passwd":       func(role) any { return masked },
})

// roleOID is that of a user; 0: there is none.
func (s *Snapshot) roleOID(name string) uint32 {
	for _, r := range s.roles() {
		if r.name == name {
			return r.oid
		}
	}
	return 0
}

var activityRows = of(func(s *Snapshot) []seen {
	var out []seen
	for _, a := range s.sessions() {
		out = append(out, seen{a, s})
	}
	return out
}, map[string]func(seen) any{
	"datid":            func(seen) any { return databaseOID },
	"datname":          func(seen) any { return catalog.Database },
	"pid":              func(a seen) any { return a.PID },
	"usesysid":         func(a seen) any { return a.snapshot.roleOID(a.User) },
	"usename":          func(a seen) any { return a.User },
	"application_name": func(a seen) any { return a.Application },
	"client_addr":      func(a seen) any { return orNull(a.Client) },
	"client_port": func(a seen) any {
		if a.Port == 0 {
			return nil
		}
		return a.Port
	},
	"backend_start": func(a seen) any { return a.Began },
	"query_start":   func(a seen) any { return orNever(a.QueryStart) },
	"state_change":  func(a seen) any { return orNever(a.Changed) },
	"state":         func(a seen) any { return orNull(a.State) },
	"query":         func(a seen) any { return a.Query },
	"backend_type":  func(a seen) any { return a.Kind },
})

// seen is a session in a snapshot.
type seen struct {
	Activity
	snapshot *Snapshot
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orNever(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

var statDatabaseRows = of(one, map[string]func(*Snapshot) any{
	"datid":       func(*Snapshot) any { return databaseOID },
	"datname":     func(*Snapshot) any { return catalog.Database },
	"numbackends": func(s *Snapshot) any { return len(s.sessions()) },
})

var settingRows = of(func(s *Snapshot) []Setting { return s.settings() }, map[string]func(Setting) any{
	"name":            func(x Setting) any { return x.Name },
	"setting":         func(x Setting) any { return x.Value },
	"category":        func(Setting) any { return "millrace" },
	"short_desc":      func(x Setting) any { return x.Doc },
	"context":         func(Setting) any { return "user" },
	"vartype":         func(Setting) any { return "string" },
	"source":          func(x Setting) any { return sourceOf(x) },
	"boot_val":        func(x Setting) any { return x.Default },
	"reset_val":       func(x Setting) any { return x.Default },
	"pending_restart": func(Setting) any { return false },
})

func sourceOf(x Setting) string {
	if x.Value == x.Default {
		return "default"
	}
	return "session"
}

// zone is a time zone at a moment.
type zone struct {
	name, abbreviation string
	offset             time.Duration
	summer             bool
}

var zoneRows = of(func(s *Snapshot) []zone {
	now := time.Now()
	var out []zone
	for name := range strings.Lines(file("zones.txt")) {
		name = strings.TrimSpace(name)
		loc, err := time.LoadLocation(name)
		if err != nil { // the machine's list has not all
			continue
		}
		at := now.In(loc)
		abbreviation, offset := at.Zone()
		out = append(out, zone{name, abbreviation, time.Duration(offset) * time.Second, at.IsDST()})
	}
	return out
}, map[string]func(zone) any{
	"name":       func(z zone) any { return z.name },
	"abbrev":     func(z zone) any { return z.abbreviation },
	"utc_offset": func(z zone) any { return z.offset },
	"is_dst":     func(z zone) any { return z.summer },
})
