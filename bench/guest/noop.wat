;; The smallest task: it asks for nothing, does nothing, and returns `null`.
(component
  (type $error' (record
    (field "code" string) (field "message" string) (field "hint" (option string))
    (field "retryable" bool) (field "details" (option string))))
  (core module $module
    (memory (export "memory") 1)
    ;; At 0: a result that is ok, with the text at 16. What is handed over is written from 1024 on, and never read.
    (data (i32.const 0) "\00\00\00\00\10\00\00\00\04\00\00\00")
    (data (i32.const 16) "null")
    ;; For `requires`: a result that is ok, with the empty table at 36.
    (data (i32.const 20) "\00\00\00\00\24\00\00\00\02\00\00\00")
    (data (i32.const 36) "{}")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "requires") (param i32 i32) (result i32) (i32.const 20))
    (func (export "run") (param i32 i32) (result i32) (i32.const 0)))
  (core instance $instance (instantiate $module))
  (alias core export $instance "memory" (core memory $memory))
  (alias core export $instance "realloc" (core func $realloc))
  (export $error "error" (type $error'))
  (type $answer (func (param "args" string) (result (result string (error $error)))))
  (func $requires (type $answer)
    (canon lift (core func $instance "requires") (memory $memory) (realloc $realloc) string-encoding=utf8))
  (func $run (type $answer)
    (canon lift (core func $instance "run") (memory $memory) (realloc $realloc) string-encoding=utf8))
  (export "requires" (func $requires))
  (export "run" (func $run)))
