package engine

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"

	"millrace/catalog"
	"millrace/sql"
	"millrace/sqlerr"
)

// usersFile is, in the data folder, who may log in.
const usersFile = "users.json"

// maxUserName is what PostgreSQL takes.
const maxUserName = 63

// Users are those who may log in to a server, kept in a file of the data folder that only its owner can read. The file
// is read again when it has changed, so that `millrace user` works while the server runs. All users have the same
// rights. Safe for use by several goroutines.
type Users struct {
	path string // "": they last as long as this does
	mu   sync.Mutex
	read stamp
	list map[string]verifier
	mock []byte // what the salts of users that do not exist come from
}

// stamp tells whether a file is still the same.
type stamp struct {
	modified time.Time
	size     int64
}

// usersJSON is the file.
type usersJSON struct {
	Mock  []byte            `json:"mock"`
	Users map[string]string `json:"users"` // name to verifier
}

// OpenUsers gives the users of a data folder; of none, a list of its own.
func OpenUsers(dataDir string) (*Users, error) {
	u := &Users{list: map[string]verifier{}, mock: make([]byte, 32)}
	rand.Read(u.mock)
	if dataDir == "" {
		return u, nil
	}
	u.path = filepath.Join(dataDir, usersFile)
	u.mu.Lock()
	defer u.mu.Unlock()
	return u, u.refresh()
}

// Users are those of the engine's data folder.
func (e *Engine) Users() *Users { return e.users }

// refresh reads the file if it is another than before.
func (u *Users) refresh() error {
	if u.path == "" {
		return nil
	}
	info, err := os.Stat(u.path)
	if errors.Is(err, fs.ErrNotExist) {
		u.list, u.read = map[string]verifier{}, stamp{}
		return nil
	}
	if err != nil {
		return u.failed("read", err)
	}
	now := stamp{info.ModTime(), info.Size()}
	if now == u.read {
		return nil
	}
	if open := info.Mode().Perm() &^ 0o600; open != 0 {
		return sqlerr.New(sqlerr.InsufficientPrivilege, 0, "the file of users %s can be read or written by others", u.path).WithHint("chmod 600 %s", u.path)
	}
	data, err := os.ReadFile(u.path)
	if err != nil {
		return u.failed("read", err)
	}
	var file usersJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return u.failed("read", err)
	}
	list := make(map[string]verifier, len(file.Users))
	for name, text := range file.Users {
		v, ok := parseVerifier(text)
		if !ok {
			return sqlerr.New(sqlerr.DataCorrupted, 0, "the file of users %s has no valid verifier for user %q", u.path, name)
		}
		list[name] = v
	}
	u.list, u.read = list, now
	if len(file.Mock) > 0 {
		u.mock = file.Mock
	}
	return nil
}

func (u *Users) failed(what string, err error) error {
	return sqlerr.New(sqlerr.IOError, 0, "could not %s the file of users %s: %v", what, u.path, err).Because(err)
}

// change lets fn change the list and writes the file: all of it or nothing.
func (u *Users) change(fn func(list map[string]verifier) error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.path == "" {
		return fn(u.list)
	}
	if err := os.MkdirAll(filepath.Dir(u.path), 0o700); err != nil {
		return u.failed("write", err)
	}
	lock, err := os.OpenFile(u.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return u.failed("lock", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // another process may be at it
		return u.failed("lock", err)
	}
	if err := u.refresh(); err != nil {
		return err
	}
	list := make(map[string]verifier, len(u.list)+1)
	file := usersJSON{Mock: u.mock, Users: map[string]string{}}
	for name, v := range u.list {
		list[name] = v
	}
	if err := fn(list); err != nil {
		return err
	}
	for name, v := range list {
		file.Users[name] = v.String()
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := catalog.WriteFile(u.path, string(data)+"\n"); err != nil {
		return u.failed("write", err)
	}
	u.read = stamp{} // which this process reads again too
	return u.refresh()
}

// Add makes a user. In place of the password there may be PostgreSQL's SCRAM verifier of it.
func (u *Users) Add(name, password string) error {
	v, err := u.verifier(name, password)
	if err != nil {
		return err
	}
	return u.change(func(list map[string]verifier) error {
		if _, there := list[name]; there {
			return sqlerr.New(sqlerr.DuplicateObject, 0, "user %q already exists", name).WithHint("ALTER USER changes the password.")
		}
		list[name] = v
		return nil
	})
}

// SetPassword changes a user's password.
func (u *Users) SetPassword(name, password string) error {
	v, err := u.verifier(name, password)
	if err != nil {
		return err
	}
	return u.change(func(list map[string]verifier) error {
		if _, there := list[name]; !there {
			return noUser(name)
		}
		list[name] = v
		return nil
	})
}

// Remove takes a user away. Connections that there are stay.
func (u *Users) Remove(name string) error {
	return u.change(func(list map[string]verifier) error {
		if _, there := list[name]; !there {
			return noUser(name)
		}
		delete(list, name)
		return nil
	})
}

func noUser(name string) error {
	return sqlerr.New(sqlerr.UndefinedObject, 0, "user %q does not exist", name)
}

// List is the names, in order.
func (u *Users) List() ([]string, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.refresh(); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(u.list))
	for name := range u.list {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// verifier checks a new name and password.
func (u *Users) verifier(name, password string) (verifier, error) {
	switch {
	case name == "" || len(name) > maxUserName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return verifier{}, sqlerr.New("42602", 0, "%q is no name for a user", name).WithHint("It has 1 to %d bytes, without control characters.", maxUserName)
	case password == "":
		return verifier{}, sqlerr.New(sqlerr.InvalidParameterValue, 0, "the password is empty").WithHint("Every user has one: PASSWORD '…'.")
	case len(password) == 35 && strings.HasPrefix(password, "md5"):
		return verifier{}, sqlerr.Unsupported(0, "a password as MD5 hash", "Set password_encryption = 'scram-sha-256' in the client, or give the password itself.")
	}
	if v, ok := parseVerifier(password); ok {
		return v, nil
	}
	return newVerifier(password)
}

// find gives a user's verifier. That of a user who does not exist looks like any other and is always the same, so that
// nobody learns who exists.
func (u *Users) find(name string) (v verifier, known bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.refresh(); err != nil {
		return v, false, err
	}
	if v, known = u.list[name]; known {
		return v, true, nil
	}
	h := hmac.New(sha256.New, u.mock)
	fmt.Fprintf(h, "salt of %s", name)
	salt := h.Sum(nil)[:16]
	return verifier{scramIterations, salt, mac(u.mock, "stored key of "+name), make([]byte, sha256.Size)}, false, nil
}

// Verify checks a password, with 28P01 for a wrong one and for a user that does not exist, after the same work.
func (u *Users) Verify(name, password string) error {
	v, known, err := u.find(name)
	if err != nil {
		return err
	}
	if right := v.matches(password); !right || !known {
		return wrongPassword(name)
	}
	return nil
}

// Scram starts a login by SCRAM-SHA-256.
func (u *Users) Scram(name string) (*Scram, error) {
	v, known, err := u.find(name)
	return &Scram{user: name, known: known, verifier: v}, err
}

// changeUsers runs CREATE USER, ALTER USER and DROP USER.
func (s *Session) changeUsers(st sql.Statement) (*Result, error) {
	users := s.engine.users
	switch st := st.(type) {
	case *sql.CreateUser:
		return &Result{Tag: "CREATE ROLE"}, place(users.Add(st.Name.Text, st.Password.Text), st.Name.Pos())
	case *sql.AlterUser:
		return &Result{Tag: "ALTER ROLE"}, place(users.SetPassword(st.Name.Text, st.Password.Text), st.Name.Pos())
	case *sql.DropUser:
		for _, name := range st.Names {
			if err := users.Remove(name.Text); err != nil && !(st.IfExists && sqlerr.Code(err) == sqlerr.UndefinedObject) {
				return nil, place(err, name.Pos())
			}
		}
	}
	return &Result{Tag: "DROP ROLE"}, nil
}
