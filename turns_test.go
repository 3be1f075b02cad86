package teahouse_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// A turn runs on a lane, and a service's methods may wait for one: a function
// that takes a turn has no service at hand, neither as its receiver nor from the method
// around it. What it needs it reads through the turn.
func TestTurnFunctionsHaveNoService(t *testing.T) {
	turns := 0
	err := filepath.WalkDir("chat", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			service := receiverOf(f, "Service", "Core")
			if service != "" && takesTurn(f.Type) {
				t.Errorf("%s: %s has a turn and a service", files.Position(f.Pos()), f.Name.Name)
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				lit, ok := n.(*ast.FuncLit)
				if !ok || !takesTurn(lit.Type) {
					return true
				}
				turns++
				ast.Inspect(lit.Body, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok && service != "" && id.Name == service {
						t.Errorf("%s: a turn of %s reaches its service", files.Position(id.Pos()), f.Name.Name)
					}
					return true
				})
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if turns < 15 {
		t.Errorf("%d turns are found, want those of all rooms", turns)
	}
}

// receiverOf is the name of a method's receiver if it is a pointer to one of
// the types, else "".
func receiverOf(f *ast.FuncDecl, types ...string) string {
	if f.Recv == nil || len(f.Recv.List[0].Names) == 0 {
		return ""
	}
	for _, name := range types {
		if pointerTo(f.Recv.List[0].Type, name) {
			return f.Recv.List[0].Names[0].Name
		}
	}
	return ""
}

// takesTurn reports whether a function has a parameter that is a turn.
func takesTurn(f *ast.FuncType) bool {
	for _, p := range f.Params.List {
		if pointerTo(p.Type, "turn") || pointerTo(p.Type, "Turn") {
			return true
		}
	}
	return false
}

// pointerTo reports whether a type is *name or *package.name.
func pointerTo(e ast.Expr, name string) bool {
	star, ok := e.(*ast.StarExpr)
	if !ok {
		return false
	}
	switch x := star.X.(type) {
	case *ast.Ident:
		return x.Name == name
	case *ast.SelectorExpr:
		return x.Sel.Name == name
	}
	return false
}
