package expr

import "strings"

// printCall writes a call as SQL: operators between their operands, in parentheses where an operand has blanks of its
// own, and functions by name.
func printCall(name string, args []string) string {
	if form, ok := printForms[name]; ok && len(args) == 2 {
		return operand(args[0]) + form + operand(args[1])
	}
	switch {
	case len(args) == 1 && strings.HasPrefix(name, "is "):
		return operand(args[0]) + " " + strings.ToUpper(name)
	case len(args) == 1 && name == "not":
		return "NOT " + operand(args[0])
	case len(args) == 1 && name == "-":
		if strings.HasPrefix(args[0], "-") { // two of them begin a comment
			return "-(" + args[0] + ")"
		}
		return "-" + operand(args[0])
	case len(args) == 1 && isOperator(name):
		return name + operand(args[0])
	case len(args) == 2 && strings.HasPrefix(name, "is "):
		return operand(args[0]) + " " + strings.ToUpper(name) + " " + operand(args[1])
	case name == "[]" && len(args) == 2:
		return operand(args[0]) + "[" + args[1] + "]"
	case (name == "like" || name == "ilike" || name == "similar to") && len(args) == 3:
		return operand(args[0]) + " " + strings.ToUpper(name) + " " + operand(args[1]) + " ESCAPE " + operand(args[2])
	case name == "extract" && len(args) == 2:
		return "EXTRACT(" + strings.Trim(args[0], "'") + " FROM " + args[1] + ")"
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

var printForms = map[string]string{
	"+": " + ", "-": " - ", "*": " * ", "/": " / ", "%": " % ", "^": " ^ ", "||": " || ",
	"=": " = ", "<>": " <> ", "<": " < ", "<=": " <= ", ">": " > ", ">=": " >= ",
	"~": " ~ ", "~*": " ~* ", "!~": " !~ ", "!~*": " !~* ", "like": " LIKE ", "ilike": " ILIKE ", "similar to": " SIMILAR TO ",
	"?": " ? ", "?|": " ?| ", "?&": " ?& ", "#-": " #- ", "@>": " @> ", "<@": " <@ ", "&&": " && ", "^@": " ^@ ",
	"&": " & ", "|": " | ", "#": " # ", "<<": " << ", ">>": " >> ",
	"->": " -> ", "->>": " ->> ", "#>": " #> ", "#>>": " #>> ",
}

// operand puts what is not one word, literal or call into parentheses.
func operand(s string) string {
	depth, quoted := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ' ' && depth == 0 && !typed(s, i):
			return "(" + s + ")"
		}
	}
	return s
}

// typed reports whether the blank at i is that of a literal with its type in front, as DATE '2026-01-01'.
func typed(s string, i int) bool {
	return s[i+1:] != "" && s[i+1] == '\'' && strings.Trim(s[:i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && strings.HasSuffix(s, "'")
}
