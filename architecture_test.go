// Package teahouse_test keeps the import table of ARCHITECTURE.md true: the
// table is data here, each row with its reason, and a violation prints it.
package teahouse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/teahouse-im/teahouse"

// Third parties that the rules name.
const (
	mqttLibrary   = "github.com/mochi-mqtt/server/v2"
	badgerEngine  = "github.com/dgraph-io/badger/v4"
	jwtLibrary    = "github.com/golang-jwt/jwt/v5"
	jwksLibrary   = "github.com/MicahParks/keyfunc/v3"
	metricsClient = "github.com/prometheus/client_golang"
	pushLibrary   = "github.com/SherClockHolmes/webpush-go"
	wordLibrary   = "github.com/coregx/ahocorasick"
	textLibrary   = "golang.org/x/text"
	s3Client      = "github.com/minio/minio-go/v7"
	pictureCodecs = "golang.org/x/image"
	searchLibrary = "github.com/blevesearch"
	passwordHash  = "golang.org/x/crypto/argon2"
	acmeLibrary   = "golang.org/x/crypto/acme"
)

// row lists which packages of ours a folder may import, and why no others.
// A folder is matched with everything below it; the longest match counts. What it
// may import is named exactly, or with everything below it ("chat/...").
type row struct {
	folder string
	ours   []string
	why    string
}

var table = []row{
	{"wire", nil, "a JSON scanner and writer that knows no member by name"},
	{"wire/form", []string{"chat", "wire"}, "messages and events look the same wherever they cross, and no command stands here"},

	{"chat", []string{"wire", "trace"}, "the vocabulary and the ports do nothing and know nobody"},
	{"chat/record", nil, "field lists and the table of kinds know no type of the core"},
	{"chat/ledger", []string{"chat", "chat/record", "trace"}, "lanes, turns and rows know no rule"},
	{"chat/audience", []string{"chat"}, "who watches a live room is kept in memory, and no rule is asked"},
	{"chat/grouptype", []string{"chat"}, "what differs by group type is a table, and nothing is read to decide with it"},
	{"chat/group", []string{"chat", "chat/record", "chat/ledger", "chat/audience", "chat/grouptype"}, "group and people are siblings and never meet"},
	{"chat/attribute", []string{"chat", "chat/record", "chat/ledger", "chat/group", "chat/grouptype"}, "attributes and counters ask groups who may, and are known to no other room"},
	{"chat/live", []string{"chat", "chat/ledger", "chat/group", "chat/grouptype", "chat/audience"}, "who looks at a live room asks groups whether they may, and is known to no other room"},
	{"chat/groupsearch", []string{"chat", "chat/ledger", "chat/group", "chat/grouptype"}, "who searches asks groups what they may see, and is known to no other room"},
	{"chat/people", []string{"chat", "chat/record", "chat/ledger"}, "group and people are siblings and never meet"},
	{"chat/push", []string{"chat", "chat/record", "chat/ledger", "wire", "trace"}, "pushes follow the log; what they need of other rooms is handed to them as functions"},
	{"chat/message", []string{"chat", "chat/record", "chat/ledger", "chat/group", "chat/grouptype", "chat/people"}, "messages ask groups and people, and are not known to them"},
	{"chat/search", []string{"chat", "chat/record", "chat/ledger", "wire"}, "what is found is read from the log and judged by functions of other rooms, which are handed over"},
	{"chat/call", []string{"chat", "chat/record", "chat/ledger", "chat/grouptype"}, "calls are messages and rows; who sends messages and who is in a group is handed over by the core"},
	{"chat/archive", []string{"chat", "chat/ledger", "wire"}, "files of messages are made of the log alone, and known to no other room"},
	{"chat/moderation", []string{"chat", "chat/record", "chat/ledger", "wire"}, "blocked words look at texts alone, and other rooms are handed a function"},
	{"chat/media", []string{"chat", "chat/record", "chat/ledger", "wire"}, "files know the messages that name them as rows, and who may read these is handed over by the core"},
	{"chat/operator", []string{"chat", "chat/record", "chat/ledger"}, "operators belong to the server and to no app, and no other room knows them"},
	{"chat/mediatest", []string{"chat", "chat/media"}, "a store for tests knows the port alone"},
	{"chat/inbox", []string{"chat", "chat/record", "chat/ledger", "chat/group", "chat/grouptype", "chat/people", "chat/message"}, "lists of conversations look down at all the rooms"},
	{"chat/sessions", []string{"chat", "chat/record", "chat/ledger"}, "what is kept of MQTT sessions is rows like all others, and no rule of a room"},
	{"chat/core", []string{"chat/..."}, "what builds the rooms knows every room"},
	{"chat/chattest", []string{"chat/..."}, "stories run against the whole core"},

	{"forwarded", nil, "who is behind a proxy is found out for every door, and no door is known"},
	{"certificates", nil, "what TLS connections are shown is known to who opens listeners alone"},
	{"origins", nil, "which pages are allowed is asked by every door that browsers reach, and no door is known"},
	{"raced", nil, "tests of every layer ask it"},
	{"sampled", nil, "a log that any door writes to knows none of them"},
	{"trace", nil, "a codec of the W3C's that both doors read and all calls out write knows none of them"},
	{"ticket", nil, "a codec with published vectors is read and used alone"},
	{"topics", []string{"chat"}, "the grammar turns text into the core's ids and does nothing else"},
	{"storage/storagetest", []string{"chat", "trace"}, "the suite knows the ports, not the engines it is run on"},
	{"storage/badger", []string{"chat", "chat/record", "trace"}, "an engine implements the core's ports and knows no rule and no door"},
	{"storage/memory", []string{"chat"}, "an engine implements the core's ports and knows no rule and no door"},
	{"search", []string{"chat", "chat/search"}, "an index implements a room's port and knows no rule and no door"},
	{"search/searchtest", []string{"chat", "chat/search"}, "an index for tests knows what others know"},
	{"backup", nil, "a file is written and read without knowing what an entry means"},
	{"web", nil, "pages are files with a handler; whoever mounts them says where files of users come from"},
	{"webhook", []string{"chat", "sampled", "trace"}, "calls out are driven by the core's events alone"},
	{"push", []string{"chat", "chat/push", "trace"}, "providers of push take what the room hands them, and know no store and no door"},

	{"media", []string{"chat", "chat/media", "media/picture", "origins", "sampled", "wire"}, "what takes and gives out bytes asks the room who may, and knows no store by name"},
	{"media/folder", []string{"chat/media"}, "a store of bytes implements the room's port and knows nothing else"},
	{"media/s3", []string{"chat/media"}, "a store of bytes implements the room's port and knows nothing else"},
	{"media/picture", nil, "pictures are made smaller wherever they lie"},
	{"media/storetest", []string{"chat/media"}, "the suite knows the port, not the stores it is run on"},

	{"api", []string{"chat", "chat/core", "wire", "wire/form"}, "a command that two doors serve is written once and knows neither"},
	{"api/account", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/people", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/push", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/group", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/message", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/inbox", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/call", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/media", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/search", []string{"api", "chat/...", "wire", "wire/form"}, "a family of commands knows the table and the rooms it serves"},
	{"api/commands", []string{"api/...", "chat/core"}, "the list of families knows nothing but the families"},

	{"api/describe", []string{"api", "chat", "topics", "wire/form"}, "descriptions are made of the table, the grammar of topics and the forms, and of nothing else"},

	{"hooks", []string{"chat", "chat/core", "chat/sessions", "api", "wire/form", "topics", "ticket", "sampled", "trace"}, "the MQTT door knows no engine and no other door"},
	{"broker", []string{"chat", "chat/sessions", "api", "wire/form", "topics", "hooks", "forwarded", "origins", "sampled"}, "delivery knows the MQTT door it belongs to, and no engine"},
	{"admin", []string{"chat", "chat/core", "chat/archive", "api", "ticket", "sampled", "trace"}, "the HTTP door knows no engine and no other door"},
	{"operator", []string{"chat", "chat/core", "chat/group", "chat/inbox", "chat/message", "chat/operator", "chat/people", "chat/push", "api", "ticket", "sampled", "webhook"}, "the operators' door knows no engine and no other door"},
	{"cmd", []string{"backup", "chat/...", "ticket", "topics", "storage/...", "search", "webhook", "push", "api/...", "hooks", "broker", "admin", "operator", "media/...", "web", "certificates", "forwarded", "origins", "cmd/..."}, "the wiring knows everything"},
	{"cmd/teahouse/top", nil, "the screen knows what the API of operators answers, and no part of the server"},
	{".", []string{"certificates", "chat", "cmd/teahouse/server", "operator", "sampled", "ticket", "webhook"}, "what runs the server inside another program wraps the wiring, and has no rule of its own"},
	{"e2e", nil, "the end-to-end packages exist only as tests"},
	{"e2e/program", nil, "what starts the program for tests knows it from outside"},
	{"e2e/codec", nil, "what writes packets for tests is no part of the server"},
	{"e2e/browser", nil, "stories in pages exist only as tests"},
	{"e2e/agree", nil, "devices that have to agree exist only as tests"},
	{"e2e/operator", nil, "the path of an operator exists only as a test"},
	{"drills", nil, "drills exist only as tests"},
	{"examples", nil, "examples use the server as a stranger would"},
	{"examples/embed", []string{"."}, "a program that embeds the server has the package at the root, and no other"},
}

// only lists where a package outside the standard library may be imported.
type only struct {
	pkg     string // with everything below it
	folders []string
	why     string
}

var thirdParties = []only{
	{mqttLibrary, []string{"hooks", "broker", "examples/barebroker", "e2e/codec"}, "the MQTT library's sharp edges are blunted in two places and appear nowhere else; what writes packets for tests wants them sharp"},
	{badgerEngine, []string{"storage/badger"}, "the engine is named once so that another can take its place"},
	{s3Client, []string{"media/s3"}, "buckets are spoken to in one place"},
	{pictureCodecs, []string{"media/picture"}, "pictures of strangers are decoded in one place, within its bounds"},
	{jwtLibrary, []string{"ticket", "push"}, "tokens of those who log in are judged in one place, ours for providers are signed in another"},
	{pushLibrary, []string{"push"}, "the encryption of Web Push is named once"},
	{jwksLibrary, []string{"ticket"}, "tokens are judged in one place"},
	{wordLibrary, []string{"chat/moderation"}, "blocked words are looked for in one place"},
	{textLibrary, []string{"chat/moderation", "chat/search", "cmd/teahouse/top"}, "what counts as the same character is said in one place, how wide one is in a terminal in another"},
	{passwordHash, []string{"chat/operator"}, "passwords are hashed in one place, within its bounds"},
	{acmeLibrary, []string{"certificates"}, "authorities for certificates are spoken to in one place"},
	{searchLibrary, []string{"search"}, "the library of indexes is named once so that another can take its place"},
	{metricsClient, []string{"webhook", "hooks", "broker", "admin", "operator", "media", "certificates", "cmd", "storage/badger"}, "the core stays free of metrics: doors and queues count"},
}

// siblings lists folders that stand side by side: none imports another of its
// row.
var siblings = [][]string{
	{"chat/attribute", "chat/live", "chat/groupsearch", "chat/people", "chat/call", "chat/archive", "chat/moderation", "chat/media", "chat/push", "chat/search", "chat/operator"},
	{"api/account", "api/people", "api/group", "api/message", "api/inbox", "api/call", "api/media", "api/push", "api/search"},
}

// banned lists what a folder must not reach, even through others.
type banned struct {
	folder string
	pkgs   []string
	why    string
}

var unreachable = []banned{
	{"chat", []string{"net/http", mqttLibrary}, "the core knows no door"},
	{"api", []string{"net/http", mqttLibrary}, "the command table knows neither HTTP nor MQTT"},
	{"topics", []string{"net", "net/http", mqttLibrary}, "a grammar does no input or output"},
	{"storage", []string{mqttLibrary}, "engines know no door"},
	{"operator", []string{mqttLibrary, badgerEngine}, "doors never import each other or an engine"},
	{"admin", []string{mqttLibrary, badgerEngine}, "doors never import each other or an engine"},
	{"hooks", []string{badgerEngine}, "doors never import an engine"},
	{"broker", []string{badgerEngine}, "doors never import an engine"},
	{"media", []string{mqttLibrary, badgerEngine}, "files know no other door and no engine"},
	{"webhook", []string{mqttLibrary, badgerEngine}, "calls out know neither door nor engine"},
	{"push", []string{mqttLibrary, badgerEngine}, "calls out know neither door nor engine"},
}

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func TestImportsFollowTheTable(t *testing.T) {
	pkgs := list(t)
	if len(pkgs) < 5 {
		t.Fatalf("go list found %d packages, want the whole house", len(pkgs))
	}
	for _, p := range pkgs {
		folder := folderOf(p.ImportPath)
		r := rowOf(folder)
		if r == nil {
			t.Errorf("%s has no row in the import table: give it one, with its reason", folder)
			continue
		}
		for _, imp := range p.Imports {
			if rest := folderOf(imp); rest != imp && !r.admits(rest) {
				t.Errorf("%s imports %s: %s", folder, rest, r.why)
			}
			for _, o := range thirdParties {
				if under(imp, o.pkg) && !within(folder, o.folders) {
					t.Errorf("%s imports %s: %s", folder, imp, o.why)
				}
			}
		}
	}
}

func TestRoomsDoNotImportEachOther(t *testing.T) {
	for _, p := range list(t) {
		folder := folderOf(p.ImportPath)
		for _, row := range siblings {
			if !within(folder, row) {
				continue
			}
			for _, imp := range p.Imports {
				other := folderOf(imp)
				if within(other, row) && !under(other, folder) {
					t.Errorf("%s imports %s: they stand side by side, what both need lies below them", folder, other)
				}
			}
		}
	}
}

func TestCoreImportsStandardLibraryOnly(t *testing.T) {
	for _, p := range list(t) {
		if p.ImportPath != module+"/chat" {
			continue
		}
		for _, d := range p.Deps {
			if first, _, _ := strings.Cut(d, "/"); strings.Contains(first, ".") && d != module+"/wire" && d != module+"/trace" {
				t.Errorf("chat reaches %s: of ours the JSON scanner and the codec of traces alone, and no third party in the core", d)
			}
		}
		return
	}
	t.Fatal("package chat not found")
}

func TestForbiddenImports(t *testing.T) {
	for _, p := range list(t) {
		folder := folderOf(p.ImportPath)
		for _, b := range unreachable {
			if !under(folder, b.folder) {
				continue
			}
			for _, x := range b.pkgs {
				if i := slices.IndexFunc(p.Deps, func(d string) bool { return d == x || under(d, x) && x != "net" }); i >= 0 {
					t.Errorf("%s reaches %s: %s", folder, p.Deps[i], b.why)
				}
			}
		}
	}
}

// ARCHITECTURE.md and README.md send a reader to files and folders: they must
// be there.
func TestDocumentsNameWhatExists(t *testing.T) {
	name := regexp.MustCompile("`([a-z0-9_.]+(?:/[a-z0-9_.]+)*(?:\\.(?:go|yaml|md)|/))`|\\]\\(([a-zA-Z0-9_./]+)\\)")
	for _, doc := range []string{"ARCHITECTURE.md", "README.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		found := name.FindAllStringSubmatch(string(text), -1)
		if len(found) < 4 {
			t.Errorf("%s names %d files", doc, len(found))
		}
		for _, m := range found {
			if _, err := os.Stat(m[1] + m[2]); err != nil {
				t.Errorf("%s sends readers to %s: %v", doc, m[1]+m[2], err)
			}
		}
	}
}

// rowOf finds the row of a folder: the longest that holds it.
func rowOf(folder string) *row {
	var best *row
	for i, r := range table {
		if under(folder, r.folder) && (best == nil || len(r.folder) > len(best.folder)) {
			best = &table[i]
		}
	}
	return best
}

// admits reports whether the row's folder may import a package of ours.
func (r *row) admits(pkg string) bool {
	return slices.ContainsFunc(r.ours, func(o string) bool {
		if folder, below := strings.CutSuffix(o, "/..."); below {
			return under(pkg, folder)
		}
		return pkg == o
	})
}

func under(p, folder string) bool {
	return p == folder || strings.HasPrefix(p, folder+"/")
}

func within(p string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return under(p, f) })
}

// list asks the go command; test files are not looked at, because a test may
// know more than what it tests. A package that does not build is listed all
// the same (-e): that is another test's complaint.
func list(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Standard,Imports,Deps", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}

// folderOf is the folder of a package of ours, "." at the root; the path of any other.
func folderOf(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}
