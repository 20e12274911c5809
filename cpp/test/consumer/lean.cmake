# One backend alone: the other's code is not in the archive, and its URLs are refused with the option's
# name. The stock archive of the build tree, which has both, shows that the search would find it.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

# has_folder(<out> <archive>)
macro(has_folder out archive)
  execute_process(COMMAND ${CMAKE_NM} -C --defined-only ${archive}
    OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
  string(FIND "${symbols}" "tombolo::blob::folder::" ${out})
endmacro()

set(archive cpp/tombolo_stock.cargo/libtombolo_bridge.a)
has_folder(at ${build_tree}/${archive})
if(at EQUAL -1)
  message(FATAL_ERROR "no symbol of the folder's is found where they are")
endif()

consume(lean -D HOW=add_subdirectory -D TOMBOLO_SOURCE=${source} -D TOMBOLO_BACKENDS=memory)
has_folder(at ${build}/tombolo/${archive})
if(NOT at EQUAL -1)
  message(FATAL_ERROR "the folder's code is in an archive that was to do without")
endif()
refuse("TOMBOLO_BACKENDS.*invalid_argument" ${build}/app file://${work}/lean-store)

# Either way, with what each says of the other's URLs.
foreach(backend IN ITEMS folder memory)
  run(${TOMBOLO_CARGO} test --quiet --locked --manifest-path ${source}/rust/core/Cargo.toml --lib
    --no-default-features --features ${backend} --target-dir ${TOMBOLO_CARGO_TARGET_DIR} open::)
endforeach()
