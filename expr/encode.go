package expr

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

var encodingFunctions = []Function{
	textFunction("md5", "The MD5 hash in hexadecimal.", "md5('abc')", "900150983cd24fb0d6963f7d28e17f72",
		textMap(hashText), bytesTo(types.Text, hashText)),
	textFunction("sha256", "The SHA-256 hash of bytes.", "encode(sha256('abc'), 'hex')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		bytesTo(types.Bytes, func(dst, s []byte) []byte {
			sum := sha256.Sum256(s)
			return append(dst, sum[:]...)
		})),
	textFunction("encode", "Bytes as text: in 'hex', 'base64' or 'escape'.", "encode('abc', 'base64')", "YWJj",
		textTo([]types.Kind{types.Bytes, types.Text}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, form := in.text(0), in.text(1)
			return func(dst []byte, i int) ([]byte, error) {
				enc, ok := encodings[strings.ToLower(asString(form.at(i)))]
				if !ok {
					return dst, in.badEncoding(i)
				}
				return enc.encode(dst, x.at(i)), nil
			}
		})),
	textFunction("decode", "The bytes of a text in 'hex', 'base64' or 'escape'.", "decode('YWJj', 'base64')", "\\x616263",
		Overload{Args: []types.Kind{types.Text, types.Text}, Result: types.Bytes, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
			x, form := in.text(0), in.text(1)
			return in.textRows(func(dst []byte, i int) ([]byte, error) {
				enc, ok := encodings[strings.ToLower(asString(form.at(i)))]
				if !ok {
					return dst, in.badEncoding(i)
				}
				out, err := enc.decode(dst, x.at(i))
				if err != nil {
					return dst, in.fault(i, sqlerr.InvalidParameterValue, err.Error())
				}
				return out, nil
			})
		}}),
	textFunction("quote_literal", "The text as a literal of SQL.", "quote_literal('it''s')", "'it''s'", textMap(quoteLiteral)),
	textFunction("quote_nullable", "The text as a literal of SQL; NULL as such.", "quote_nullable(NULL)", "NULL",
		Overload{Args: []types.Kind{types.Text}, Result: types.Text, Kernel: func(in *Input) (arrow.Array, error) {
			x, has := in.text(0), in.present(0)
			return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
				if !has.at(i) {
					return append(dst, "NULL"...), true, nil
				}
				return quoteLiteral(dst, x.at(i)), true, nil
			})
		}}),
}

// bytesTo makes a text, or bytes, of bytes.
func bytesTo(result types.Kind, f func(dst, s []byte) []byte) Overload {
	return Overload{Args: []types.Kind{types.Bytes}, Result: result, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := in.text(0)
		return in.textRows(func(dst []byte, i int) ([]byte, error) { return f(dst, x.at(i)), nil })
	}}
}

func hashText(dst, s []byte) []byte {
	sum := md5.Sum(s)
	return hex.AppendEncode(dst, sum[:])
}

// encoding is a way to write bytes as text.
type encoding struct {
	encode func(dst, b []byte) []byte
	decode func(dst, s []byte) ([]byte, error)
}

var encodings = map[string]encoding{
	"hex":    {hex.AppendEncode, func(dst, s []byte) ([]byte, error) { return hex.AppendDecode(dst, withoutSpace(s)) }},
	"base64": {encodeBase64, func(dst, s []byte) ([]byte, error) { return base64.StdEncoding.AppendDecode(dst, withoutSpace(s)) }},
	"escape": {encodeEscape, func(dst, s []byte) ([]byte, error) {
		if bytes.HasPrefix(s, []byte(`\x`)) { // which ParseBytes would read as hexadecimal
			return dst, fmt.Errorf("invalid escape sequence")
		}
		b, err := types.ParseBytes(asString(s))
		return append(dst, b...), err
	}},
}

func (in *Input) badEncoding(row int) error {
	return in.fault(row, sqlerr.InvalidParameterValue, "unrecognized encoding").WithHint("There are 'hex', 'base64' and 'escape'.")
}

func withoutSpace(s []byte) []byte {
	if !bytes.ContainsAny(s, " \t\n\r") {
		return s
	}
	return bytes.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\r", r) {
			return -1
		}
		return r
	}, s)
}

// encodeBase64 breaks lines after 76 characters, as PostgreSQL and MIME do.
func encodeBase64(dst, b []byte) []byte {
	const line = 57 // bytes
	for len(b) > line {
		dst = append(base64.StdEncoding.AppendEncode(dst, b[:line]), '\n')
		b = b[line:]
	}
	return base64.StdEncoding.AppendEncode(dst, b)
}

// encodeEscape writes zero bytes and those beyond ASCII as \ooo.
func encodeEscape(dst, b []byte) []byte {
	for _, c := range b {
		switch {
		case c == '\\':
			dst = append(dst, `\\`...)
		case c == 0 || c >= 0x80:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// quoteLiteral doubles quotes; a text with a backslash becomes one with escapes.
func quoteLiteral(dst, s []byte) []byte {
	escapes := bytes.IndexByte(s, '\\') >= 0
	if escapes {
		dst = append(dst, 'E')
	}
	dst = append(dst, '\'')
	for _, c := range s {
		if c == '\'' || c == '\\' && escapes {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '\'')
}
