package engine

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/stringprep"

	"millrace/sqlerr"
)

// ScramSHA256 is the one way of SASL that there is: RFC 5802 with SHA-256 (RFC 7677), without channel binding.
const ScramSHA256 = "SCRAM-SHA-256"

// scramIterations is what PostgreSQL takes.
const scramIterations = 4096

// verifier is what is kept of a password: enough to check it, not enough to log in with.
type verifier struct {
	iterations           int
	salt                 []byte
	storedKey, serverKey []byte
}

// newVerifier makes that of a password, with a new salt.
func newVerifier(password string) (verifier, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	return verifierOf(password, salt, scramIterations)
}

// verifierOf prepares the password as PostgreSQL and its clients do: where SASLprep refuses it, it is taken as it is.
func verifierOf(password string, salt []byte, iterations int) (verifier, error) {
	if p, err := stringprep.SASLprep.Prepare(password); err == nil && p != "" {
		password = p
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return verifier{}, err
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	return verifier{iterations, salt, stored[:], mac(salted, "Server Key")}, nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// String is the verifier as PostgreSQL writes it: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey.
func (v verifier) String() string {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", ScramSHA256, v.iterations, b64(v.salt), b64(v.storedKey), b64(v.serverKey))
}

// parseVerifier reads what String writes, and what PostgreSQL's clients send in place of a new password.
func parseVerifier(s string) (v verifier, ok bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '$' || r == ':' })
	if len(parts) != 5 || parts[0] != ScramSHA256 || strings.Count(s, "$") != 2 || strings.Count(s, ":") != 2 {
		return v, false
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil || n < 1 || n > 10_000_000 {
		return v, false
	}
	v.iterations = n
	for i, into := range []*[]byte{&v.salt, &v.storedKey, &v.serverKey} {
		if *into, err = base64.StdEncoding.DecodeString(parts[2+i]); err != nil {
			return v, false
		}
	}
	return v, len(v.storedKey) == sha256.Size && len(v.serverKey) == sha256.Size
}

// matches reports whether a password is the right one.
func (v verifier) matches(password string) bool {
	got, err := verifierOf(password, v.salt, v.iterations)
	return err == nil && hmac.Equal(got.storedKey, v.storedKey)
}

// Scram is the server's side of one login.
type Scram struct {
	user      string
	known     bool
	verifier  verifier
	nonce     string // both sides'
	firstBare string // of the client
	first     string // of the server
	header    string // of GS2, as the client's last message repeats it
}

// errProtocol is a message that no client of SCRAM sends.
func errScram(format string, args ...any) error {
	return sqlerr.New(sqlerr.ProtocolViolation, 0, "malformed SCRAM message").WithDetail(format, args...)
}

// First takes the client's first message and gives the answer to it.
func (s *Scram) First(message []byte) ([]byte, error) {
	rest := string(message)
	flag, rest, _ := strings.Cut(rest, ",")
	switch {
	case flag == "n" || flag == "y":
	case strings.HasPrefix(flag, "p="):
		return nil, sqlerr.New(sqlerr.ProtocolViolation, 0, "channel binding is not supported").WithHint("Connect with channel_binding=prefer or disable.")
	default:
		return nil, errScram("The first attribute is none of n, y and p.")
	}
	authzid, bare, ok := strings.Cut(rest, ",")
	if !ok {
		return nil, errScram("The message ends early.")
	}
	if authzid != "" {
		return nil, sqlerr.Unsupported(0, "an authorization identity in SCRAM", "Log in as the user itself.")
	}
	s.header, s.firstBare = flag+","+authzid+",", bare
	name, rest, _ := strings.Cut(bare, ",")
	nonce, _, _ := strings.Cut(rest, ",")
	// The user's name is that of the startup message: PostgreSQL's clients leave this one empty.
	if !strings.HasPrefix(name, "n=") || !strings.HasPrefix(nonce, "r=") || len(nonce) < 3 || len(nonce) > 1024 || !printable(nonce) {
		return nil, errScram("A name and a nonce are expected.")
	}
	own := make([]byte, 18)
	rand.Read(own)
	s.nonce = nonce[2:] + base64.StdEncoding.EncodeToString(own)
	s.first = fmt.Sprintf("r=%s,s=%s,i=%d", s.nonce, base64.StdEncoding.EncodeToString(s.verifier.salt), s.verifier.iterations)
	return []byte(s.first), nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e || s[i] == ',' {
			return false
		}
	}
	return true
}

// Final takes the client's last message and gives the server's proof. A wrong password and a user that does not exist
// fail alike, with 28P01.
func (s *Scram) Final(message []byte) ([]byte, error) {
	text := string(message)
	at := strings.LastIndex(text, ",p=")
	if at < 0 {
		return nil, errScram("There is no proof.")
	}
	without, proof := text[:at], text[at+3:]
	binding, nonce, _ := strings.Cut(without, ",")
	nonce, _, _ = strings.Cut(nonce, ",")
	if binding != "c="+base64.StdEncoding.EncodeToString([]byte(s.header)) {
		return nil, errScram("The channel binding is another than in the first message.")
	}
	if !hmac.Equal([]byte(nonce), []byte("r="+s.nonce)) {
		return nil, errScram("The nonce is another than in the first message.")
	}
	key, err := base64.StdEncoding.DecodeString(proof)
	if err != nil || len(key) != sha256.Size {
		return nil, errScram("The proof has another length.")
	}
	auth := s.firstBare + "," + s.first + "," + without
	for i, b := range mac(s.verifier.storedKey, auth) {
		key[i] ^= b
	}
	stored := sha256.Sum256(key)
	if right := hmac.Equal(stored[:], s.verifier.storedKey); !right || !s.known {
		return nil, wrongPassword(s.user)
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(mac(s.verifier.serverKey, auth))), nil
}

func wrongPassword(user string) error {
	return sqlerr.New(sqlerr.InvalidPassword, 0, "password authentication failed for user %q", user)
}
