package handbook

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
)

// setting is a key of the configuration.
type setting struct{ kind, standard string }

// sampleApp is a file with one app, whose settings are the defaults of all.
const sampleApp = "apps:\n  \"1400000001\":\n    keys:\n      first:\n        secret: 0123456789abcdef0123456789abcdef\n"

// appPrefix stands before the keys of an app.
const appPrefix = "apps.<SDKAppID>."

// settings lists every key, sections included.
func settings() (map[string]setting, error) {
	c, err := config.Parse([]byte(sampleApp), nil)
	if err != nil {
		return nil, err
	}
	shown, err := config.ShowDefaults()
	if err != nil {
		return nil, err
	}
	all := map[string]setting{}
	app := c.Apps["1400000001"]
	app.Keys = nil
	c.Apps = nil
	collect(all, "", reflect.ValueOf(c), nil)
	collect(all, appPrefix, reflect.ValueOf(app), shown)
	collect(all, appPrefix+"keys.<name>.", reflect.ValueOf(config.Key{}), nil)
	delete(all, "apps")
	return all, nil
}

// collect notes the keys of a section; filled are numbers that stand for 0.
func collect(all map[string]setting, prefix string, section reflect.Value, filled map[string]any) {
	for f, v := range section.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		key := prefix + name
		kind, leaf := settingKind(v.Type())
		if leaf {
			all[key] = setting{kind, standard(v, filled[name])}
			continue
		}
		all[key] = setting{"section", ""}
		below, _ := filled[name].(map[string]any)
		collect(all, key+".", v, below)
	}
}

// settingKind says what a value is, and whether it is one, not a section.
func settingKind(t reflect.Type) (string, bool) {
	switch t {
	case reflect.TypeFor[config.Secret]():
		return "secret", true
	case reflect.TypeFor[time.Duration]():
		return "duration", true
	case reflect.TypeFor[time.Time]():
		return "time", true
	case reflect.TypeFor[config.Size]():
		return "size", true
	}
	switch t.Kind() {
	case reflect.Bool:
		return "yes or no", true
	case reflect.Int, reflect.Int64:
		return "number", true
	case reflect.Slice:
		return "list", true
	case reflect.Map:
		return "section", true
	case reflect.Struct:
		return "section", false
	}
	return "text", true
}

// standard is the default of a setting as the file has it.
func standard(v reflect.Value, filled any) string {
	if n, ok := filled.(int); ok && v.IsZero() {
		if n < 0 {
			return "no limit"
		}
		return code(strconv.Itoa(n))
	}
	if d, ok := filled.(string); ok && v.IsZero() && d != "0s" {
		return code(d)
	}
	switch d := v.Interface().(type) {
	case time.Duration:
		return code(shortDuration(d))
	case bool, int, int64:
		return code(fmt.Sprint(d))
	case config.Size:
		return code("0")
	}
	if v.Kind() == reflect.String && v.String() != "" {
		return code(v.String())
	}
	return "none"
}

// shortDuration leaves out what is 0.
func shortDuration(d time.Duration) string {
	s := d.String()
	s = strings.TrimSuffix(s, "m0s")
	if s != d.String() {
		s += "m"
	}
	return strings.Replace(s, "h0m", "h", 1)
}

// reloaded are the sections that SIGHUP reads again; the rest waits for a restart.
var reloaded = regexp.MustCompile(`^(apps\.|log\.level$|tls\.(cert|key|others|client_ca)$)`)

// configuration fills in the tables of settings: the names and the last column are those of the
// page.
func (h *handbook) configuration(page string) (string, error) {
	_, tables, ok := strings.Cut(page, configurationMark)
	if !ok {
		return "", fmt.Errorf("the page has no line %q", configurationMark)
	}
	all, err := settings()
	if err != nil {
		return "", err
	}
	var l lines
	told, prefix := map[string]bool{}, ""
	var rows [][]string
	flush := func() {
		if rows != nil {
			l.table([]string{"key", "kind", "default", "change", ""}, rows)
			rows = nil
		}
	}
	for line := range strings.Lines(tables) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "| `"):
			row, err := settingRow(all, told, prefix, line)
			if err != nil {
				return "", err
			}
			if err := h.codesExist(row); err != nil {
				return "", err
			}
			rows = append(rows, row)
		case strings.HasPrefix(line, "|"):
		default:
			flush()
			if strings.HasPrefix(line, "Below `apps.") {
				prefix = appPrefix
			}
			if strings.HasPrefix(line, "#") {
				prefix = ""
			}
			if line != "" {
				l.add("%s\n", line)
			}
		}
	}
	flush()
	return l.String(), untold(all, told)
}

var (
	inBrackets = regexp.MustCompile(`\([^)]*\)`)
	numberCode = regexp.MustCompile(`\b[0-9]{4,6}\b`)
)

// codesExist refuses a row that names a code, in brackets, which the server does not give.
func (h *handbook) codesExist(row []string) error {
	for _, part := range inBrackets.FindAllString(row[len(row)-1], -1) {
		for _, n := range numberCode.FindAllString(part, -1) {
			if code, err := strconv.Atoi(n); err != nil || !h.known(code) {
				return fmt.Errorf("%s: there is no code %s", row[0], n)
			}
		}
	}
	return nil
}

var keyName = regexp.MustCompile("`([^`]+)`")

// settingRow is a line of a table with the columns that are made.
func settingRow(all map[string]setting, told map[string]bool, prefix, line string) ([]string, error) {
	c := cells(line)
	var kinds, standards, changes []string
	add := func(list []string, one string) []string {
		if len(list) > 0 && list[len(list)-1] == one {
			return list
		}
		return append(list, one)
	}
	for _, m := range keyName.FindAllStringSubmatch(c[0], -1) {
		key := prefix + m[1]
		s, ok := all[key]
		if !ok {
			return nil, fmt.Errorf("docs/configuration.md has %s, which is no setting", key)
		}
		told[key] = true
		change := "restart"
		if reloaded.MatchString(key) {
			change = "SIGHUP"
		}
		kinds, standards, changes = add(kinds, s.kind), append(standards, s.standard), add(changes, change)
	}
	same := true
	for _, s := range standards {
		same = same && s == standards[0]
	}
	if same {
		standards = standards[:1]
	}
	return []string{c[0], strings.Join(kinds, ", "), strings.Join(standards, ", "), strings.Join(changes, ", "), c[len(c)-1]}, nil
}

// untold is an error that names the settings that the page does not have, itself or as a section.
func untold(all map[string]setting, told map[string]bool) error {
	var missing []string
	for _, key := range sortedKeys(all) {
		known := false
		for at := key; at != "" && !known; {
			known = told[at]
			at = at[:max(strings.LastIndexByte(at, '.'), 0)]
		}
		if !known && all[key].kind != "section" {
			missing = append(missing, key)
		}
	}
	if missing != nil {
		return fmt.Errorf("docs/configuration.md does not say what these are: %s", strings.Join(missing, ", "))
	}
	return nil
}
