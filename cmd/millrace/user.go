package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"millrace/engine"
	"millrace/sqlerr"
)

// userCommand keeps the users of a data folder, also while a server runs on it.
type userCommand struct {
	Add    userAdd    `cmd:"" help:"Make a user. The password is asked for, or is the first line of standard input."`
	Remove userRemove `cmd:"" help:"Take a user away. Connections that there are stay."`
	List   userList   `cmd:"" help:"Print the names."`
}

type userFolder struct {
	DataDir string `required:"" placeholder:"DIR" env:"MILLRACE_DATA_DIR" help:"The data folder of the server."`
}

type userAdd struct {
	Name    string `arg:""`
	Replace bool   `help:"Give a user that there is a new password."`
	userFolder
}

// Run adds a user.
func (c *userAdd) Run(t *streams) error {
	users, err := engine.OpenUsers(c.DataDir)
	if err != nil {
		return err
	}
	password, err := t.newPassword(c.Name)
	if err != nil {
		return err
	}
	if c.Replace {
		return users.SetPassword(c.Name, password)
	}
	err = users.Add(c.Name, password)
	if sqlerr.Code(err) == sqlerr.DuplicateObject {
		return sqlerr.New(sqlerr.DuplicateObject, 0, "user %q already exists", c.Name).WithHint("--replace gives a new password.")
	}
	return err
}

// newPassword asks for a password twice, without showing it, or reads a line where nobody is there to be asked.
func (t *streams) newPassword(user string) (string, error) {
	f, ok := t.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(t.in).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var given [2]string
	for i, prompt := range []string{"Password of %s: ", "Again: "} {
		if i == 0 {
			prompt = fmt.Sprintf(prompt, user)
		}
		fmt.Fprint(t.err, prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.err)
		if err != nil {
			return "", err
		}
		given[i] = string(b)
	}
	if given[0] != given[1] {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, 0, "the two are not the same")
	}
	return given[0], nil
}

type userRemove struct {
	Name string `arg:""`
	userFolder
}

// Run removes a user.
func (c *userRemove) Run(*streams) error {
	users, err := engine.OpenUsers(c.DataDir)
	if err != nil {
		return err
	}
	return users.Remove(c.Name)
}

type userList struct{ userFolder }

// Run prints the users.
func (c *userList) Run(t *streams) error {
	users, err := engine.OpenUsers(c.DataDir)
	if err != nil {
		return err
	}
	names, err := users.List()
	for _, name := range names {
		fmt.Fprintln(t.out, name)
	}
	return err
}
