/** What OTP 28 exports, `name/arity,arity…`; of `dets` what it documents. */
export const OTP_FUNCTIONS = {
  ets: `all/0 delete/1,2 delete_all_objects/1 delete_object/2 file2tab/1,2 first/1 first_lookup/1 foldl/3 foldr/3 from_dets/2
    fun2ms/1 give_away/3 i/0,1,2,3 info/1,2 init_table/2 insert/2 insert_new/2 internal_delete_all/2 internal_request_all/0
    internal_select_delete/2 is_compiled_ms/1 last/1 last_lookup/1 lookup/2 lookup_element/3,4 match/1,2,3 match_delete/2
    match_object/1,2,3 match_spec_compile/1 match_spec_run/2 match_spec_run_r/3 member/2 new/2 next/2 next_lookup/2 prev/2
    prev_lookup/2 rename/2 repair_continuation/2 safe_fixtable/2 select/1,2,3 select_count/2 select_delete/2
    select_replace/2 select_reverse/1,2,3 setopts/2 slot/2 tab2file/2,3 tab2list/1 tabfile_info/1 table/1,2 take/2 test_ms/2
    to_dets/2 update_counter/3,4 update_element/3,4 whereis/1`,
  persistent_term: 'erase/1 get/0,1,2 info/0 put/2 put_new/2',
  dets: `all/0 bchunk/2 close/1 delete/2 delete_all_objects/1 delete_object/2 first/1 foldl/3 foldr/3 from_ets/2 info/1,2
    init_table/2,3 insert/2 insert_new/2 is_compatible_bchunk_format/2 is_dets_file/1 lookup/2 match/1,2,3 match_delete/2
    match_object/1,2,3 member/2 next/2 open_file/1,2 pid2name/1 repair_continuation/2 safe_fixtable/2 select/1,2,3
    select_delete/2 slot/2 sync/1 table/1,2 to_ets/2 traverse/2 update_counter/3`,
} as const;

/** What guards and bodies of match specifications may call in OTP's dialect for tables. */
export const OTP_MATCH_FUNCTIONS =
  `is_atom is_float is_integer is_list is_number is_pid is_port is_reference is_tuple is_map
  is_binary is_bitstring is_boolean is_function is_record is_map_key is_integer/3 not xor and or andalso orelse andthen > >= <
  =< =:= == =/= /= + - * / div rem band bor bxor bnot bsl bsr abs round trunc float ceil floor max min element hd tl length
  size byte_size bit_size tuple_size map_size map_get binary_part self node`.split(/\s+/);
