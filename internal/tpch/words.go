package tpch

import (
	"strconv"
	"strings"
)

// words is a list of texts, each drawn as often as its weight says.
type words struct {
	texts []string
	at    []uint16 // of every draw: the text
}

// newWords reads a list such as "packages 40|requests 40|foxes"; no weight is 1.
func newWords(list string) *words {
	w := &words{}
	for _, entry := range strings.Split(list, "|") {
		weight := int64(1)
		if i := strings.LastIndexByte(entry, ' '); i >= 0 {
			if n, err := strconv.ParseInt(entry[i+1:], 10, 64); err == nil {
				entry, weight = entry[:i], n
			}
		}
		for range weight {
			w.at = append(w.at, uint16(len(w.texts)))
		}
		w.texts = append(w.texts, entry)
	}
	return w
}

// draw takes one step of a stream.
func (w *words) draw(s *stream) string {
	return w.texts[w.at[s.between(0, int64(len(w.at))-1)]]
}

// product is every combination of one text of each list, the last changing first.
func product(lists ...string) *words {
	all := []string{""}
	for i, list := range lists {
		var next []string
		for _, head := range all {
			for _, text := range strings.Split(list, "|") {
				if i > 0 {
					text = head + " " + text
				}
				next = append(next, text)
			}
		}
		all = next
	}
	return newWords(strings.Join(all, "|"))
}

// The lists of the specification (clause 4.2.2.13 and what its generator reads), in the generator's order.
var (
	segments     = newWords("AUTOMOBILE|BUILDING|FURNITURE|HOUSEHOLD|MACHINERY")
	priorities   = newWords("1-URGENT|2-HIGH|3-MEDIUM|4-NOT SPECIFIED|5-LOW")
	instructions = newWords("DELIVER IN PERSON|COLLECT COD|TAKE BACK RETURN|NONE")
	modes        = newWords("REG AIR|AIR|RAIL|TRUCK|MAIL|FOB|SHIP")
	returnFlags  = newWords("R|A")
	containers   = product("SM|LG|MED|JUMBO|WRAP", "CASE|BOX|BAG|JAR|PACK|PKG|CAN|DRUM")
	partTypes    = product("STANDARD|SMALL|MEDIUM|LARGE|ECONOMY|PROMO", "ANODIZED|BURNISHED|PLATED|POLISHED|BRUSHED", "TIN|NICKEL|BRASS|STEEL|COPPER")
	colors       = strings.Fields(`almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished
		chartreuse chiffon chocolate coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest
		frosted gainsboro ghost goldenrod green grey honeydew hot indian ivory khaki lace lavender lawn lemon light lime
		linen magenta maroon medium metallic midnight mint misty moccasin navajo navy olive orange orchid pale papaya peach
		peru pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate smoke snow
		spring steel tan thistle tomato turquoise violet wheat white yellow`)

	nouns = newWords("packages 40|requests 40|accounts 40|deposits 40|foxes 20|ideas 20|theodolites 20|pinto beans 20|instructions 20|" +
		"dependencies 10|excuses 10|platelets 10|asymptotes 10|courts 5|dolphins 5|multipliers|sauternes|warthogs|frets|dinos|" +
		"attainments|somas|Tiresias|patterns|forges|braids|frays|warhorses|dugouts|notornis|epitaphs|pearls|tithes|waters|orbits|" +
		"gifts|sheaves|depths|sentiments|decoys|realms|pains|grouches|escapades|hockey players")
	verbs = newWords("sleep 20|wake 20|are 20|cajole 20|haggle 20|nag 10|use 10|boost 10|affix 5|detect 5|integrate 5|maintain|nod|was|" +
		"lose|sublate|solve|thrash|promise|engage|hinder|print|x-ray|breach|eat|grow|impress|mold|poach|serve|run|dazzle|snooze|" +
		"doze|unwind|kindle|play|hang|believe|doubt")
	adverbs = newWords("sometimes|always|never|furiously 50|slyly 50|carefully 50|blithely 40|quickly 30|fluffily 20|slowly|quietly|" +
		"ruthlessly|thinly|closely|doggedly|daringly|bravely|stealthily|permanently|enticingly|idly|busily|regularly|finally|" +
		"ironically|evenly|boldly|silently")
	adjectives = newWords("special 20|pending 20|unusual 20|express 20|furious|sly|careful|blithe|quick|fluffy|slow|quiet|ruthless|thin|" +
		"close|dogged|daring|brave|stealthy|permanent|enticing|idle|busy|regular 50|final 40|ironic 40|even 30|bold 20|silent 10")
	prepositions = newWords("about 50|above 50|according to 50|across 50|after 50|against 40|along 40|alongside of 30|among 30|around 20|" +
		"at 10|atop|before|behind|beneath|beside|besides|between|beyond|by|despite|during|except|for|from|in place of|inside|" +
		"instead of|into|near|of|on|outside|over|past|since|through|throughout|to|toward|under|until|up|upon|whithout|with|within")
	auxiliaries = newWords("do|may|might|shall|will|would|can|could|should|ought to|must|will have to|shall have to|could have to|" +
		"should have to|must have to|need to|try to")
	terminators = newWords(". 50|;|:|?|!|--")

	// N: noun phrase, V: verb phrase, P: preposition with a noun phrase, T: end of the sentence.
	sentences = newWords("N V T 3|N V P T 3|N V N T 3|N P V N T|N P V P T")
	// N: noun, J: adjective, j: adjective and comma, D: adverb.
	nounPhrases = newWords("N 10|J N 20|j J N 10|D J N 50")
	// V: verb, X: auxiliary, D: adverb.
	verbPhrases = newWords("V 30|X V|V D 40|X V D")
)

// nation is a row of the table NATION, but for its comment.
type nation struct {
	name   string
	region int64
}

var (
	regions = []string{"AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"}
	nations = []nation{
		{"ALGERIA", 0}, {"ARGENTINA", 1}, {"BRAZIL", 1}, {"CANADA", 1}, {"EGYPT", 4}, {"ETHIOPIA", 0}, {"FRANCE", 3}, {"GERMANY", 3},
		{"INDIA", 2}, {"INDONESIA", 2}, {"IRAN", 4}, {"IRAQ", 4}, {"JAPAN", 2}, {"JORDAN", 4}, {"KENYA", 0}, {"MOROCCO", 0},
		{"MOZAMBIQUE", 0}, {"PERU", 1}, {"CHINA", 2}, {"ROMANIA", 3}, {"SAUDI ARABIA", 4}, {"VIETNAM", 2}, {"RUSSIA", 3},
		{"UNITED KINGDOM", 3}, {"UNITED STATES", 1},
	}
)
