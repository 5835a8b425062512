//! Countries: the three letters of travel documents, the two of European attribute sets.

/// ISO 3166-1: three letters, then the two of the same country.
const ISO_3166: &str = "\
    ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT \
    AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO \
    BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG \
    COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO \
    DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB \
    GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY \
    HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT \
    JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY \
    LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH \
    MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA \
    NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE \
    PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA \
    SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR \
    SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO \
    TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG \
    VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW";

/// What travel documents write beyond ISO 3166-1 (ICAO 9303-3 section 5): Germany, Kosovo, kinds of British nationals, the
/// European Union's own documents, and who has no nationality.
const ICAO: [(&str, &str); 13] = [
    ("D", "DE"),
    ("RKS", "XK"),
    ("XKX", "XK"),
    ("GBD", "GB"),
    ("GBN", "GB"),
    ("GBO", "GB"),
    ("GBP", "GB"),
    ("GBS", "GB"),
    ("EUE", "EU"),
    ("XXA", "QS"),
    ("XXB", "QS"),
    ("XXC", "QS"),
    ("XXX", "QU"),
];

/// The two letters for the three of a travel document; `QS` for the stateless, `QU` for what is unknown.
pub fn alpha2(code: &str) -> &'static str {
    let code = code.trim_end_matches('<');
    let iso = ISO_3166
        .split(' ')
        .filter_map(|pair| pair.split_at_checked(3))
        .find(|(three, _)| *three == code);
    iso.or_else(|| ICAO.into_iter().find(|(three, _)| *three == code))
        .map_or("QU", |(_, two)| two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_map_to_two_letters() {
        for (three, two) in [
            ("FRA", "FR"),
            ("D", "DE"),
            ("D<<", "DE"),
            ("DEU", "DE"),
            ("GBN", "GB"),
            ("XXA", "QS"),
        ] {
            assert_eq!(alpha2(three), two, "{three}");
        }
        for unknown in ["UTO", "", "FR", "fra", "XXX"] {
            assert_eq!(alpha2(unknown), "QU", "{unknown}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        let pairs: Vec<&str> = ISO_3166.split(' ').collect();
        assert_eq!(pairs.len(), 249);
        assert!(
            pairs
                .iter()
                .all(|pair| pair.len() == 5 && pair.bytes().all(|b| b.is_ascii_uppercase()))
        );
        let mut twos: Vec<&str> = pairs.iter().map(|pair| &pair[3..]).collect();
        twos.sort_unstable();
        twos.dedup();
        assert_eq!(twos.len(), 249);
    }
}
